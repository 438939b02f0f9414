"""Which letters meet a criterion: a verdict for every letter, with the quotes that made it.

Every letter is read: a subject's phrases are looked up in the whole cohort, facets are sought in every sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant import literal
from assistant.answer import Stance
from assistant.cohort import Cohort
from assistant.facets import Facet
from assistant.question import About, Column, Criterion, Has, Wanted
from assistant.subjects import Finding, Subject, by_letter, unknown
from assistant.verdicts import MAYBE as MAYBE
from assistant.verdicts import YES as YES
from assistant.verdicts import Leaf, combine, leaves
from assistant.verdicts import Matches as Matches
from assistant.verdicts import Verdict as Verdict
from assistant.weigh import FAINT, Weighed, weigh
from ingest.database import StoredPassage
from ingest.fold import words

QUOTES = 2  # at most so many quotes for one letter and criterion
_FAINT = 8  # a sentence that says so many times less than the best one is not quoted
_TELLING = 4  # only so many of a letter's likeliest sentences may be quoted
_WIDE = 3  # a subject with more entries than this says too little of one word of it

STANCES: Mapping[Wanted, frozenset[Stance]] = {
    Wanted.DOES: frozenset((Stance.DOES, Stance.DID)),
    Wanted.WANTS: frozenset((Stance.WANTS,)),
    Wanted.LACKS: frozenset((Stance.LACKS,)),
    Wanted.COURSE: frozenset((Stance.COURSE,)),
    Wanted.ANY: frozenset(Stance),
}


def match(criterion: Criterion, cohort: Cohort) -> Matches:
    """Judge every letter of a cohort by a criterion."""
    return combine(criterion, {leaf: match_leaf(leaf, cohort) for leaf in leaves(criterion)}, cohort.letters)


def match_leaf(leaf: Leaf, cohort: Cohort) -> Matches:
    """Judge every letter of a cohort by one leaf of a criterion."""
    match leaf:
        case About(text, Wanted.ANY):
            found, notes = literal.find(text, cohort)
            if leaf.guessed and not found:
                meant = _taken(replace(leaf, wanted=Wanted.DOES), cohort, FAINT)
                return stances(meant, Wanted.DOES, cohort) if meant else Matches({}, notes)
            return Matches(_mentioning(found, cohort), notes)
        case About(_, wanted):
            return stances(read(leaf, cohort), wanted, cohort)
        case Has(facets, more):
            return _has(facets, more, cohort)
        case Column(column, value):
            return _column(column, value, cohort)


# subjects


@dataclass(frozen=True)
class Reading:
    """What a cohort's letters say of the subject that a question asks about."""

    subject: Subject  # or a wider one, where no letter holds the words asked for
    weighed: Mapping[str, Weighed]  # by letter, those left out that hardly speak of it
    notes: tuple[str, ...] = ()
    most: float = 1.0  # no verdict is surer: a wide subject says little of the words asked for


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


def read(about: About, cohort: Cohort, least: float = FAINT) -> Reading:
    """Read all letters for the subject of a question.

    :param least: letters that speak of it with a lower probability are left out.
    """
    subject, found, notes = look_up(about.subject, cohort, about.asked)
    reading = Reading(subject, _weighed(subject, found, cohort, least), notes)
    if subject.family or stances(reading, about.wanted, cohort).yes:
        return reading
    return _taken(about, cohort, least) or reading


def _taken(about: About, cohort: Cohort, least: float) -> Reading | None:
    """What is asked, taken as the subject it means or suggests; only unsure where that is wider. None if none."""
    asked, subjects = about.subject, cohort.domain.subjects
    close, same = cohort.closest(asked)
    taken = subjects.subject(close) if close else subjects.implied(asked)
    if taken is None:
        return None
    weighed = _weighed(taken, _findings(taken, cohort), cohort, least)
    narrows = close and not same and {word.root for word in words(asked)} & {word.root for word in words(taken.name)}
    if narrows or len(taken.entries) > _WIDE:  # "offshore wind energy" is more than wind energy
        note = f"no letter matches “{asked}” by these words; those near {taken.name} are unsure"
        return Reading(taken, weighed, (note,), most=MAYBE)
    return Reading(taken, weighed, (f"“{asked}” is taken as {taken.name}: no letter matches by these words",))


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


def _weighed(subject: Subject, findings: Sequence[Finding], cohort: Cohort, least: float) -> dict[str, Weighed]:
    if not cohort.sentences:
        return {}
    return {found.letter: found for found in weigh(subject, findings, cohort.near(subject), cohort, least)}


def stances(reading: Reading, wanted: Wanted, cohort: Cohort) -> Matches:
    """Return the verdicts of letters as they were read: who of their writers has a wanted stance."""
    judged = [(found, verdict(found, wanted, cohort)) for found in reading.weighed.values()]
    verdicts = {v.letter: replace(v, probability=min(v.probability, reading.most)) for f, v in judged if telling(f, v)}
    return Matches(verdicts, reading.notes)


def telling(found: Weighed, verdict: Verdict) -> bool:
    """Whether a letter says enough of a subject to be named, if only among those who speak of it in another way."""
    return found.spoken >= YES or verdict.probability >= MAYBE


def verdict(found: Weighed, wanted: Wanted, cohort: Cohort) -> Verdict:
    """Return how likely the writer of a letter has a wanted stance, and the sentences that say most of it."""
    chosen = STANCES[wanted]
    probability = found.spoken * sum(found.stances[stance] for stance in chosen)
    stance = max(chosen if probability >= YES else Stance, key=lambda s: found.stances[s])
    proof = sorted(found.sentences[:_TELLING], key=lambda said: -said.share * (0.1 + said.stances[stance]))
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
