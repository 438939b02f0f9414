"""Leaves of a criterion as cases before a judge: what is believed of each letter, where to look, what answers mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.answer import Evidence, Stance
from assistant.belief import doubted, posterior
from assistant.cascade import ALL, Band, subject_band, trait_band, trait_chances, trait_features
from assistant.cohort import Cohort
from assistant.judge_prompt import NO, NONE, UNPROVEN, YES, Ask, stance_ask, trait_ask
from assistant.match import QUOTES, STANCES, match_leaf, read, stances, telling, verdict
from assistant.nearness import Floats
from assistant.question import About, Has, Wanted
from assistant.verdicts import MAYBE, Leaf, Matches, Verdict
from assistant.verdicts import YES as MATCHES
from assistant.weigh import FAINT, Weighed
from ingest.database import StoredPassage
from ingest.judgements import Judgement

_PLACES = 8  # of a letter, where it most likely says something
_DOUBT = 0.03  # in what is believed, where every letter is judged: a letter that hints at nothing can become unsure


class Case(Protocol):
    """One leaf, with all letters that a judge may be asked about."""

    @property
    def leaf(self) -> Leaf:
        """The leaf."""
        ...

    @property
    def ask(self) -> Ask:
        """What the judge is asked about each letter."""
        ...

    @property
    def matches(self) -> Matches:
        """What is known without the judge."""
        ...

    @property
    def chances(self) -> Mapping[str, float]:
        """How likely each letter meets the leaf, before the judge is asked; of other letters nothing can be asked."""
        ...

    @property
    def band(self) -> Band:
        """Which chances are worth a call."""
        ...

    def places(self, letter: str) -> Sequence[StoredPassage]:
        """Return the sentences where a letter most likely speaks of it, the likeliest first."""
        ...

    def span(self, letter: str) -> tuple[float, float]:
        """Return the least and the greatest chance that the judge's answer can leave a letter with."""
        ...

    def verdict(self, letter: str, judgement: Judgement) -> Verdict | None:
        """Return the verdict on a letter after the judge's answer; None if it has nothing to say of the leaf."""
        ...


def case(leaf: Leaf, cohort: Cohort, *, thorough: bool = False) -> Case | None:
    """Return a leaf as a case; None for what needs no judge: words that stand in a letter, values of a form's columns.

    :param thorough: put every letter before the judge, not only the uncertain ones.
    """
    match leaf:
        case About(_, wanted) if wanted is not Wanted.ANY and cohort.sentences:
            return _subject_case(leaf, cohort, ALL if thorough else subject_band())
        case Has() if cohort.sentences:
            return _trait_case(leaf, cohort, ALL if thorough else trait_band())
    return None


@dataclass(frozen=True, eq=False)
class SubjectCase:
    """Who of the letters' writers has a stance to a subject; the judge is asked which stance it is."""

    leaf: About
    ask: Ask
    matches: Matches
    chances: Mapping[str, float]
    band: Band
    weighed: Mapping[str, Weighed]  # by letter, before the judge is asked
    truths: Mapping[str, Mapping[str, float]]  # by letter: how likely each stance is, and that it says nothing
    cohort: Cohort

    def places(self, letter: str) -> Sequence[StoredPassage]:
        """Return the sentences where a letter most likely speaks of the subject."""
        return [said.item for said in self.weighed[letter].sentences]

    def span(self, letter: str) -> tuple[float, float]:
        """Return the least and the greatest chance that the judge's answer can leave a letter with."""
        if self.band == ALL:
            return 0.0, 1.0
        chances = [_of(STANCES[self.leaf.wanted], self._after(letter, answer)) for answer in self.ask.answers]
        return min(chances), max(chances)

    def verdict(self, letter: str, judgement: Judgement) -> Verdict | None:
        """Return the verdict on a letter after the judge named its writer's stance."""
        before, wanted = self.weighed[letter], self.leaf.wanted
        if judgement.answer == UNPROVEN:
            known = self.matches.verdicts.get(letter)
            return _at_least_unsure(known or verdict(before, wanted, self.cohort))
        after = self._after(letter, judgement.answer)
        spoken = 1 - after[NONE]
        shares = {stance: after[stance] / spoken if spoken else before.stances[stance] for stance in Stance}
        weighed = replace(before, spoken=spoken, stances=shares)
        found = verdict(weighed, wanted, self.cohort)
        if judgement.answer == found.stance or {judgement.answer, found.stance} <= STANCES[wanted]:
            found = _with_quote(found, judgement, self.cohort)
        return found if telling(weighed, found) else None

    def _after(self, letter: str, answer: str) -> dict[str, float]:
        """How likely each stance is, and none, once the judge has answered."""
        return posterior(self.truths[letter], answer, len(self.ask.answers))


@dataclass(frozen=True, eq=False)
class TraitCase:
    """Who of the letters' writers has an attribute."""

    leaf: Has
    ask: Ask
    matches: Matches
    chances: Mapping[str, float]
    band: Band
    near: Floats  # of every sentence of the cohort
    cohort: Cohort

    def places(self, letter: str) -> Sequence[StoredPassage]:
        """Return the sentences that say it as facets know it, then those nearest in meaning."""
        items = self.cohort.of_letter(letter)
        first = self.cohort.read.first[self.cohort.read.number[letter]]
        known = {quote.start for quote in self._before(letter).evidence}
        order = sorted(range(len(items)), key=lambda n: (items[n].passage.start not in known, -self.near[first + n]))
        return [items[number] for number in order[:_PLACES]]

    def span(self, letter: str) -> tuple[float, float]:
        """Return the least and the greatest chance that the judge's answer can leave a letter with."""
        return (0.0, 1.0) if self.band == ALL else (self._after(letter, NO), self._after(letter, YES))

    def verdict(self, letter: str, judgement: Judgement) -> Verdict | None:
        """Return the verdict on a letter after the judge said whether it is so."""
        before = self._before(letter)
        if judgement.answer == UNPROVEN:
            return _at_least_unsure(before)
        if judgement.answer not in (YES, NO):
            return self.matches.verdicts.get(letter)
        after = self._after(letter, judgement.answer)
        stance = Stance.DOES if after >= MATCHES else Stance.OTHER
        found = _with_quote(Verdict(letter, after, stance, before.evidence), judgement, self.cohort)
        return found if after >= MAYBE else None

    def _after(self, letter: str, answer: str) -> float:
        chance = self.chances[letter]
        return posterior({YES: chance, NO: 1 - chance}, answer, len(self.ask.answers))[YES]

    def _before(self, letter: str) -> Verdict:
        return self.matches.verdicts.get(letter) or Verdict(letter, self.chances[letter], Stance.OTHER, ())


def _subject_case(leaf: About, cohort: Cohort, band: Band) -> SubjectCase:
    reading = read(leaf, cohort, min(band.low, FAINT))
    chosen = STANCES[leaf.wanted]
    truths = {}
    for letter, found in reading.weighed.items():
        chances = {str(stance): found.spoken * share for stance, share in found.stances.items()}
        most = reading.most / max(_of(chosen, chances), reading.most)  # no verdict may be surer than that
        chances = {stance: chance * most for stance, chance in chances.items()}
        truths[letter] = _doubted({**chances, NONE: 1 - sum(chances.values())}, band)
    chances = {letter: _of(chosen, each) for letter, each in truths.items()}
    ask = stance_ask(leaf, reading.subject)
    return SubjectCase(leaf, ask, stances(reading, leaf.wanted, cohort), chances, band, reading.weighed, truths, cohort)


def _trait_case(leaf: Has, cohort: Cohort, band: Band) -> TraitCase:
    matches = match_leaf(leaf, cohort)
    features, near = trait_features(leaf, matches, cohort)
    chances = {
        letter: _doubted({YES: float(chance), NO: 1 - float(chance)}, band)[YES]
        for letter, chance in zip(cohort.read.letters, trait_chances(features), strict=True)
    }
    return TraitCase(leaf, trait_ask(leaf), matches, chances, band, near, cohort)


def _of(chosen: Collection[Stance], chances: Mapping[str, float]) -> float:
    return sum(chances[stance] for stance in chosen)


def _doubted(chances: Mapping[str, float], band: Band) -> Mapping[str, float]:
    """Chances as they are, or, where every letter is judged, with some doubt in them: the judge shall be able to find
    what nothing hints at.
    """
    return doubted(chances, _DOUBT) if band == ALL else chances


def _at_least_unsure(before: Verdict) -> Verdict:
    """What is known where the judge's quote stands nowhere: an answer without proof makes no letter a "no"."""
    return replace(before, probability=max(before.probability, MAYBE))


def _with_quote(found: Verdict, judgement: Judgement, cohort: Cohort) -> Verdict:
    """A verdict with the judge's quote first, if it gave one, and those that do not overlap it."""
    if judgement.start == judgement.end:
        return found
    start, end = judgement.start, judgement.end
    quote = Evidence(found.letter, cohort.letters[found.letter].text[start:end], start, end)
    others = [other for other in found.evidence if other.end <= start or end <= other.start]
    return replace(found, evidence=(quote, *others)[:QUOTES])
