"""Subjects that the thesaurus does not know, found by their words: "who likes Halibut?".

The first of these that finds any sentence decides: the phrase as it is written; the phrase in another spelling; its
words' stems. Where the phrase is a whole item of a list, sentences that hold it as part of something else are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.cohort import Cohort
from assistant.lists import is_item
from assistant.subjects import Finding, Mention, unknown
from ingest.fold import fold, singular, written


def find(text: str, cohort: Cohort) -> tuple[list[Finding], tuple[str, ...]]:
    """Return the sentences that hold ``text``, and what a reader must know: a spelling that was corrected."""
    held = _holding(text, cohort)
    right = _singulars(text)
    if any(_singulars(each.words) == right for each in held):  # else letters hold it with other doubled letters
        return held, ()
    for reading in cohort.lexicon.readings(text):
        if meant := _holding(reading.text, cohort):
            return meant, (f"read as “{_as_written(reading.text, meant)}”",)
    return held or _holding(text, cohort, stemmed=True), ()


def _holding(text: str, cohort: Cohort, *, stemmed: bool = False) -> list[Finding]:
    subject = unknown(text)
    everywhere: list[Finding] = []
    listed: list[Finding] = []
    for item in cohort.database.holding(cohort.key, [fold(text)], stemmed=stemmed):
        sentence = item.passage.text
        mentions = subject.mentions(sentence)
        whole = Mention(0, len(sentence), subject.entries[0].names[0], strong=True)
        everywhere.append(Finding(item, mentions[0] if mentions else whole))
        listed += [Finding(item, m) for m in mentions if is_item(sentence, m.start, m.end)][:1]
    return listed or everywhere


def _singulars(text: str) -> list[str]:
    return [singular(word) for word in written(text)]


def _as_written(reading: str, held: Sequence[Finding]) -> str:
    """A reading with the signs between its words: "rubik's cubes"."""
    said = next((each.words for each in held if " ".join(written(each.words)) == reading), reading)
    return " ".join(said.split()).lower()
