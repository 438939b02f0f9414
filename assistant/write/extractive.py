"""The writer that needs no model: Dossier's own plain words around verbatim quotes. Complete, instant, reproducible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from assistant.answer import Answer, Candidate, Evidence, Kind, Role, Stance, Statement
from assistant.findings import Findings
from assistant.match import STANCES, Matches, Verdict
from assistant.question import About, Criterion, Has, Not

_MOST_PASSAGES = 5  # quotes in an open answer
_NO_VERDICT = (
    "Dossier does not rank people and does not recommend whom to admit; that is for people to decide. "
    "Ask by what you look for, and it shows who says so and in which words: who has published? who works on robotics?"
)
_TOO_LITTLE = "too little to tell"
_SAYS: Mapping[str, str] = {
    Stance.DOES: "works on it",
    Stance.DID: "has worked on it",
    Stance.COURSE: "took a course",
    Stance.WANTS: "wants to",
    Stance.LACKS: "knows little of it",
    Stance.OTHER: "mentions it",
}


class ExtractiveWriter:
    """Composes the answer from verdicts and quotes."""

    name = "extractive"

    def write(self, findings: Findings) -> Iterator[Answer]:
        """Yield one snapshot, which is final."""
        compose = _COMPOSERS[findings.question.kind]
        yield compose(findings)


def _set(findings: Findings) -> Answer:
    matches = findings.matches or Matches({})
    yes, unsure = matches.yes, matches.unsure
    label = _label(findings.question.criterion)
    statements = [Statement(Role.LEAD, _lead(findings, len(yes)))]
    statements += [Statement(Role.NOTE, note) for note in matches.notes]
    statements += [Statement(Role.ITEM, label(verdict), verdict.evidence, verdict.letter) for verdict in yes]
    statements += [
        Statement(Role.ASIDE, f"unsure, {label(verdict)}", verdict.evidence[:1], verdict.letter) for verdict in unsure
    ]
    apart = _apart(matches, findings.question.criterion)
    if apart:
        statements.append(Statement(Role.ASIDE, apart))
    if _negates(findings.question.criterion):
        statements.append(
            Statement(Role.NOTE, "“Without” means that a letter gives no evidence of it, not that it is untrue.")
        )
    candidates = tuple(_candidate(verdict) for verdict in yes)
    return _answer(
        findings,
        statements,
        candidates=candidates,
        unsure=tuple(_candidate(verdict) for verdict in unsure),
        evidence=tuple(quote for candidate in candidates for quote in candidate.evidence),
        abstained=not candidates,
    )


def _lead(findings: Findings, count: int) -> str:
    what = findings.understood.removeprefix("letters whose writer ")
    if count == 0:
        simple = isinstance(findings.question.criterion, (About, Has))
        return f"No letter gives evidence that its writer {what}." if simple else "No letter matches."
    if findings.question.kind is Kind.COUNT:
        return f"{count} of {findings.coverage.letters} letters."
    return "One letter matches." if count == 1 else f"{count} letters match."


def _label(criterion: Criterion | None) -> Callable[[Verdict], str]:
    """What to say of a letter: its stance where the question is about a subject, else nothing."""
    if isinstance(criterion, About):
        return lambda verdict: _SAYS[verdict.stance]
    without = "no evidence against it" if _negates(criterion) else "as the form says"
    return lambda verdict: "" if verdict.evidence else without


def _negates(criterion: Criterion | None) -> bool:
    return isinstance(criterion, Not) or any(_negates(part) for part in getattr(criterion, "parts", ()))


def _apart(matches: Matches, criterion: Criterion | None) -> str:
    """Name those who speak of the subject in another way: the reader sees that they were read,
    and why they are not in.
    """
    shown = {verdict.letter for verdict in (*matches.yes, *matches.unsure)}
    wanted = STANCES[criterion.wanted] if isinstance(criterion, About) else frozenset[Stance]()
    by_reason: dict[str, list[str]] = defaultdict(list)
    for verdict in matches.verdicts.values():
        if verdict.letter not in shown and verdict.evidence:
            by_reason[_TOO_LITTLE if verdict.stance in wanted else _SAYS[verdict.stance]].append(verdict.letter)
    said = [f"{reason}: {', '.join(letters)}" for reason, letters in sorted(by_reason.items())]
    return "Not in the list: " + "; ".join(said) if said else ""


def _fact(findings: Findings) -> Answer:
    if not findings.passages:
        named = findings.question.letters
        lead = f"The letter {named[0]} does not say." if len(named) == 1 else "The letters do not say."
        return _answer(findings, [Statement(Role.LEAD, lead)], abstained=True)
    best, *others = findings.passages
    statements = [Statement(Role.LEAD, f"{best.evidence.letter} says", (best.evidence,), best.evidence.letter)]
    statements += [Statement(Role.ASIDE, "also near", (p.evidence,), p.evidence.letter) for p in others]
    return _answer(findings, statements, evidence=tuple(passage.evidence for passage in findings.passages))


def _open(findings: Findings) -> Answer:
    if findings.question.judges:
        return _answer(findings, [Statement(Role.LEAD, _NO_VERDICT)], abstained=True)
    passages = findings.passages[:_MOST_PASSAGES]
    if not passages:
        return _answer(findings, [Statement(Role.LEAD, "The letters do not say.")], abstained=True)
    statements = [Statement(Role.LEAD, "The letters say:")]
    statements += [Statement(Role.ITEM, "", (p.evidence,), p.evidence.letter) for p in passages]
    return _answer(findings, statements, evidence=tuple(passage.evidence for passage in passages))


def _portrait(findings: Findings) -> Answer:
    statements: list[Statement] = []
    evidence: list[Evidence] = []
    for letter, traits in (findings.traits or {}).items():
        lead = (
            f"{letter} says of its writer:" if traits else f"{letter} says nothing that organisers usually ask about."
        )
        statements.append(Statement(Role.LEAD, lead))
        statements += [Statement(Role.ITEM, trait.name, (trait.evidence,), letter) for trait in traits]
        evidence += [trait.evidence for trait in traits]
    return _answer(findings, statements, evidence=tuple(evidence), abstained=not evidence)


_COMPOSERS: Mapping[Kind, Callable[[Findings], Answer]] = {
    Kind.WHO: _set,
    Kind.COUNT: _set,
    Kind.FACT: _fact,
    Kind.OPEN: _open,
    Kind.SUMMARY: _portrait,
    Kind.COMPARE: _portrait,
}


def _candidate(verdict: Verdict) -> Candidate:
    return Candidate(verdict.letter, verdict.stance, verdict.probability, verdict.evidence)


def _answer(
    findings: Findings,
    statements: Sequence[Statement],
    *,
    candidates: tuple[Candidate, ...] = (),
    unsure: tuple[Candidate, ...] = (),
    evidence: tuple[Evidence, ...] = (),
    abstained: bool = False,
) -> Answer:
    return Answer(
        question=findings.question.text,
        kind=findings.question.kind,
        cohort=findings.cohort,
        writer=ExtractiveWriter.name,
        understood=findings.understood,
        statements=tuple(statements),
        candidates=candidates,
        unsure=unsure,
        evidence=evidence,
        coverage=findings.coverage,
        abstained=abstained,
        warnings=findings.warnings,
        final=True,
    )
