"""What is inconsistent in a labelled set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from assistant.answer import Stance
from eval.dataset.labelled import GoldLetter, LabelledSet, Query


def check(labelled: LabelledSet) -> list[str]:
    """Return what is inconsistent in a set, one sentence each; an empty list when all is well.

    Reported are quotes that are not in their letter, ids and stances that do not exist, doubled question ids, letters
    both relevant and neutral, and questions on which ``queries.jsonl`` and ``qrels.tsv`` disagree.
    """
    queries = [*labelled.queries, *labelled.turns]
    return [
        *_doubled_ids(queries),
        *(problem for query in queries for problem in _query_problems(query, labelled.letters)),
        *(
            problem
            for letter, gold in labelled.gold.items()
            for problem in _gold_problems(letter, gold, labelled.letters)
        ),
        *_qrels_problems(labelled),
    ]


def _doubled_ids(queries: Iterable[Query]) -> Iterator[str]:
    seen: set[str] = set()
    for query in queries:
        if query.id in seen:
            yield f"{query.id}: more than one question has this id"
        seen.add(query.id)


def _query_problems(query: Query, letters: Mapping[str, str]) -> Iterator[str]:
    for name, ids in (("relevant", query.relevant), ("neutral", query.neutral)):
        for unknown in sorted(ids - letters.keys()):
            yield f"{query.id}: {name} letter {unknown} is not in the set"
    for both in sorted(query.relevant & query.neutral):
        yield f"{query.id}: letter {both} is both relevant and neutral"
    if query.letter and query.letter not in letters:
        yield f"{query.id}: letter {query.letter} is not in the set"
    elif query.quote and not _contains(letters[query.letter], query.quote):
        yield f"{query.id}: its quote is not in letter {query.letter}"


def _gold_problems(letter: str, gold: GoldLetter, letters: Mapping[str, str]) -> Iterator[str]:
    if letter not in letters:
        yield f"gold/{letter}.json: letter {letter} is not in the set"
        return
    for topic in gold.topics:
        if topic.stance not in list(Stance):
            yield f"gold/{letter}.json: topic {topic.topic}: unknown stance {topic.stance}"
    for number, quote in enumerate(gold.quotes, start=1):  # by number: a message never shows letter text
        if not _contains(letters[letter], quote):
            yield f"gold/{letter}.json: quote {number} of {len(gold.quotes)} is not in the letter"


def _contains(letter: str, quote: str) -> bool:
    """Whether the words of ``quote`` stand in ``letter`` in one run, whatever the white space between them."""
    return " ".join(quote.split()) in " ".join(letter.split())


def _qrels_problems(labelled: LabelledSet) -> Iterator[str]:
    if not labelled.qrels:
        return
    by_id = {query.id: query for query in labelled.queries}
    for unknown in sorted(labelled.qrels.keys() - by_id.keys()):
        yield f"qrels.tsv: {unknown} is not in queries.jsonl"
    for query in labelled.queries:
        if query.wants_set and labelled.qrels.get(query.id, frozenset()) != query.relevant:
            yield f"{query.id}: queries.jsonl and qrels.tsv disagree on its relevant letters"
