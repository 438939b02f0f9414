"""Which letters meet a criterion: a verdict for every letter, with the quotes that made it.

Every letter is read: a subject's phrases are looked up in the whole cohort, facets are sought in every sentence.
Criteria are combined as sets of letters, never as ranked lists.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant import literal
from assistant.answer import Evidence, Stance
from assistant.cohort import Cohort
from assistant.facets import Facet
from assistant.question import About, Column, Criterion, Every, Has, Not, Some, Wanted
from assistant.subjects import Finding, Subject, by_letter, unknown
from assistant.weigh import Weighed, weigh
from ingest.database import StoredPassage, natural
from ingest.fold import words

YES = 0.3  # a letter matches from this probability on: where F1 over many questions is best, below one half
MAYBE = 0.15  # from here on it is shown as unsure
QUOTES = 2  # at most so many quotes for one letter and criterion
_FAINT = 8  # a sentence that says so many times less than the best one is not quoted
_WIDE = 3  # a subject with more entries than this says too little of one word of it

STANCES: Mapping[Wanted, frozenset[Stance]] = {
    Wanted.DOES: frozenset((Stance.DOES, Stance.DID)),
    Wanted.WANTS: frozenset((Stance.WANTS,)),
    Wanted.LACKS: frozenset((Stance.LACKS,)),
    Wanted.COURSE: frozenset((Stance.COURSE,)),
    Wanted.ANY: frozenset(Stance),
}


@dataclass(frozen=True)
class Verdict:
    """What one letter says about a criterion: how likely it meets it, with which stance, in which words."""

    letter: str
    probability: float
    stance: Stance
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Matches:
    """The verdicts of all letters that have anything to say; the others do not meet the criterion."""

    verdicts: Mapping[str, Verdict]
    notes: tuple[str, ...] = ()  # what a reader must know: a spelling corrected, a word taken as something else

    @property
    def yes(self) -> list[Verdict]:
        """Letters that match: those who do before those who did, then the surest first."""
        found = [verdict for verdict in self.verdicts.values() if verdict.probability >= YES]
        return sorted(found, key=lambda v: (v.stance is not Stance.DOES, -v.probability, natural(v.letter)))

    @property
    def unsure(self) -> list[Verdict]:
        """Letters that may match, the likeliest first."""
        found = [verdict for verdict in self.verdicts.values() if MAYBE <= verdict.probability < YES]
        return sorted(found, key=lambda v: (-v.probability, natural(v.letter)))


def match(criterion: Criterion, cohort: Cohort) -> Matches:
    """Judge every letter of a cohort by a criterion."""
    match criterion:
        case About():
            return _about(criterion, cohort)
        case Has(facets, more):
            return _has(facets, more, cohort)
        case Column(column, value):
            return _column(column, value, cohort)
        case Not(part):
            return _not(match(part, cohort), cohort)
        case Every(parts):
            return _every([match(part, cohort) for part in parts])
        case Some(parts):
            return _some([match(part, cohort) for part in parts])


# subjects


def look_up(text: str, cohort: Cohort, asked: str = "") -> tuple[Subject, list[Finding], tuple[str, ...]]:
    """Return the subject that goes by this name, where letters hold its words, and what a reader must know of that.

    A subject that the thesaurus does not know has the spelling that the letters have. The words in which it was
    ``asked`` for name it in the letters too.
    """
    subject = cohort.domain.subjects.named(text)
    if subject is not None:
        subject = subject.also_called(asked)
        return subject, _findings(subject, cohort), ()
    found, notes = literal.find(text, cohort)
    return unknown(found[0].mention.phrase.text if found else text), found, notes


def _about(criterion: About, cohort: Cohort) -> Matches:
    if criterion.wanted is Wanted.ANY:
        found, notes = literal.find(criterion.subject, cohort)
        if found or not criterion.guessed:
            return Matches(_mentioning(found, cohort), notes)
        return _taken(replace(criterion, wanted=Wanted.DOES), cohort) or Matches({})
    subject, found, notes = look_up(criterion.subject, cohort, criterion.asked)
    matches = Matches(_verdicts(subject, found, criterion.wanted, cohort), notes)
    if subject.family or matches.yes:
        return matches
    return _taken(criterion, cohort) or matches


def _taken(criterion: About, cohort: Cohort) -> Matches | None:
    """What is asked, taken as the subject it means; unsure where that is wider. None if it means none."""
    asked, subjects = criterion.subject, cohort.domain.subjects
    close, same = cohort.closest(asked)
    taken = subjects.subject(close) if close else subjects.implied(asked)
    if taken is None:
        return None
    verdicts = _verdicts(taken, _findings(taken, cohort), criterion.wanted, cohort)
    narrows = close and not same and {word.root for word in words(asked)} & {word.root for word in words(taken.name)}
    if narrows or len(taken.entries) > _WIDE:  # "offshore wind energy" is more than wind energy
        note = f"no letter matches “{asked}” by these words; those near {taken.name} are unsure"
        return Matches({id_: replace(v, probability=min(v.probability, MAYBE)) for id_, v in verdicts.items()}, (note,))
    return Matches(verdicts, (f"“{asked}” is taken as {taken.name}: no letter matches by these words",))


def _findings(subject: Subject, cohort: Cohort) -> list[Finding]:
    found = []
    for item in cohort.database.holding(cohort.key, _sought(subject, cohort), stemmed=True):
        mentions = subject.mentions(item.passage.text, cohort.spellings)
        if mentions:
            found.append(Finding(item, mentions[0]))
    return found


def _sought(subject: Subject, cohort: Cohort) -> set[str]:
    """The folded phrases to look up, also as letters misspell them."""
    sought = {phrase.folded for phrase in subject.phrases}
    wrong: dict[str, list[str]] = defaultdict(list)
    for word, meant in cohort.spellings.items():
        wrong[meant].append(word)
    misspelt = {
        " ".join((*parts[:place], word, *parts[place + 1 :]))
        for phrase in sought
        if wrong
        for parts in [phrase.split()]
        for place, part in enumerate(parts)
        for word in wrong.get(part, ())
    }
    return sought | misspelt


def _mentioning(findings: Sequence[Finding], cohort: Cohort) -> dict[str, Verdict]:
    return {
        letter: Verdict(letter, 1.0, Stance.OTHER, tuple(cohort.evidence(f.item) for f in found[:QUOTES]))
        for letter, found in by_letter(findings).items()
    }


def _verdicts(subject: Subject, findings: Sequence[Finding], wanted: Wanted, cohort: Cohort) -> dict[str, Verdict]:
    if not cohort.sentences:
        return {}
    weighed = weigh(subject, findings, cohort.near(subject), cohort)
    judged = [(found, _verdict(found, wanted, cohort)) for found in weighed]
    # of a letter that hardly speaks of it there is nothing to say
    return {v.letter: v for found, v in judged if found.spoken >= YES or v.probability >= MAYBE}


def _verdict(found: Weighed, wanted: Wanted, cohort: Cohort) -> Verdict:
    chosen = STANCES[wanted]
    probability = found.spoken * sum(found.stances[stance] for stance in chosen)
    stance = max(chosen if probability >= YES else Stance, key=lambda s: found.stances[s])
    proof = sorted(found.sentences, key=lambda said: -said.share * (0.1 + said.stances[stance]))
    quoted = [said for said in proof if said.share >= proof[0].share / _FAINT][:QUOTES]
    return Verdict(found.letter, probability, stance, tuple(cohort.evidence(said.item) for said in quoted))


# facets and columns


def _has(facets: Sequence[Facet], more: str, cohort: Cohort) -> Matches:
    needed = {word.stem for word in words(more)}
    verdicts: dict[str, Verdict] = {}
    for letter, hits in _said(facets, cohort).items():
        proving = [item for item in hits if needed <= {word.stem for word in words(item.passage.text)}]
        if proving:
            evidence = tuple(cohort.evidence(item) for item in proving[:QUOTES])
            verdicts[letter] = Verdict(letter, 0.9, Stance.DOES, evidence)
    for facet in facets:
        for rival in cohort.domain.facets.rivals(facet):
            if rival in facets:
                continue
            for letter, hits in _said([rival], cohort).items():
                if letter in verdicts and _clearer(hits, verdicts[letter], cohort):
                    verdicts[letter] = Verdict(letter, 0.2, Stance.OTHER, verdicts[letter].evidence)
    return Matches(verdicts)


def _clearer(rival: Sequence[StoredPassage], own: Verdict, cohort: Cohort) -> bool:
    """Of two levels of study that one letter names, the one it names first is its writer's."""
    return min(item.passage.start for item in rival) < min(e.start for e in own.evidence)


def _said(facets: Sequence[Facet], cohort: Cohort) -> dict[str, list[StoredPassage]]:
    found: dict[str, list[StoredPassage]] = defaultdict(list)
    for item in cohort.sentences:
        if any(facet.said_in(item.passage.text) for facet in facets):
            found[item.passage.letter].append(item)
    return found


def _column(column: str, value: str, cohort: Cohort) -> Matches:
    matching = [
        letter for letter in cohort.letters.values() if letter.metadata.get(column, "").casefold() == value.casefold()
    ]
    return Matches({letter.id: Verdict(letter.id, 1.0, Stance.DOES, ()) for letter in matching})


# algebra: a letter that is not in ``verdicts`` has probability 0


def _not(part: Matches, cohort: Cohort) -> Matches:
    verdicts = {}
    for letter in cohort.letters:
        found = part.verdicts.get(letter)
        probability = _opposite(found.probability) if found else 1.0
        verdicts[letter] = Verdict(
            letter, probability, Stance.OTHER, found.evidence if found and probability < YES else ()
        )
    return Matches(verdicts, part.notes)


def _opposite(probability: float) -> float:
    """Mirror a probability: what matches does not match the negation, what is unsure stays so, twice is nothing."""
    if probability >= YES:
        return MAYBE * (1 - probability) / (1 - YES)
    if probability < MAYBE:
        return 1 - probability * (1 - YES) / MAYBE
    return min(MAYBE + YES - probability, math.nextafter(YES, 0))


def _every(parts: Sequence[Matches]) -> Matches:
    letters = [letter for letter in parts[0].verdicts if all(letter in part.verdicts for part in parts)]
    return _combined(letters, parts, min)


def _some(parts: Sequence[Matches]) -> Matches:
    letters = list(dict.fromkeys(letter for part in parts for letter in part.verdicts))
    return _combined(letters, parts, max)


def _combined(letters: Sequence[str], parts: Sequence[Matches], choose: Callable[[Iterable[float]], float]) -> Matches:
    verdicts = {}
    for letter in letters:
        found = [part.verdicts[letter] for part in parts if letter in part.verdicts]
        shown = found if choose is min else [v for v in found if v.probability >= MAYBE] or found
        evidence = tuple(dict.fromkeys(quote for verdict in shown for quote in verdict.evidence))
        lead = max(shown, key=lambda v: v.probability) if choose is max else shown[0]
        verdicts[letter] = Verdict(letter, choose(v.probability for v in found), lead.stance, evidence)
    return Matches(verdicts, tuple(note for part in parts for note in part.notes))
