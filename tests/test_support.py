"""Whether quotes bear a sentence out: 210 pairs labelled by hand, 90 of them held out while the rules were made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from assistant.answer import Evidence
from assistant.support import Supports, cosine, is_supported
from ingest.embed import LocalEmbedder

PAIRS = [json.loads(line) for line in (Path(__file__).parent / "data" / "support.jsonl").read_text().splitlines()]
HELD = [pair for pair in PAIRS if pair.get("held")]


class Score(NamedTuple):
    accuracy: float
    precision: float  # share of the sentences that pass which are supported
    recall: float  # share of the supported sentences that pass


def quotes(*texts: str, letter: str = "ann") -> list[Evidence]:
    return [Evidence(letter, text, 0, len(text)) for text in texts]


def score(pairs: Sequence[dict[str, Any]], supports: Supports) -> Score:
    told = [
        (
            supports(pair["sentence"], [Evidence(letter, q, 0, len(q)) for letter, q in pair["quotes"]]),
            pair["supported"],
        )
        for pair in pairs
    ]
    passed, true = [right for said, right in told if said], [said for said, right in told if right]
    return Score(
        sum(said == right for said, right in told) / len(told), sum(passed) / len(passed), sum(true) / len(true)
    )


def test_the_pairs_are_what_they_are_said_to_be() -> None:
    assert (len(PAIRS), len(HELD)) == (210, 90)
    assert sum(pair["supported"] for pair in HELD) == 40


def test_how_often_the_words_alone_are_right_on_pairs_held_out() -> None:
    """Of the 50 short pairs 48 are told right, of the 40 as a model writes summaries 25: it marks too many of these."""
    held = score(HELD, is_supported)  # measured: 0.81, 0.90, 0.65
    assert held.accuracy >= 0.77
    assert held.precision >= 0.85
    assert held.recall >= 0.58


def test_nearness_finds_more_of_the_supported_sentences(embedder: LocalEmbedder) -> None:
    near = cosine(embedder)
    held = score(HELD, lambda sentence, evidence: is_supported(sentence, evidence, near))  # measured: 0.83, 0.88, 0.72
    assert held.accuracy >= 0.78
    assert held.precision >= 0.83
    assert held.recall > score(HELD, is_supported).recall


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        pytest.param("She keeps 40 hives.", "I keep 14 hives.", id="another number"),
        pytest.param("She keeps 40 hives.", "I keep 14 hives in 40 gardens.", id="a number of something else"),
        pytest.param("Omar keeps hives.", "I keep hives.", id="another person"),
        pytest.param("She keeps hives.", "My uncle keeps hives.", id="what another does"),
        pytest.param("She keeps hives.", "I have never kept hives.", id="what is denied"),
        pytest.param("She never kept hives.", "I have kept hives.", id="what is not denied"),
        pytest.param("She keeps hives.", "I hope to keep hives.", id="what is wished"),
        pytest.param("She keeps hives.", "If I had a garden, I could keep hives.", id="what would be"),
        pytest.param("She does research on hives.", "I took a course on hives.", id="what was taught"),
        pytest.param("She keeps hives and paints.", "I keep hives.", id="one half"),
        pytest.param("She is a beekeeper in Bern.", "I keep hives in Bern.", id="a profession that is not said"),
        pytest.param("She does.", "I keep hives.", id="nothing said"),
        pytest.param("bob keeps hives.", "I keep hives.", id="another letter"),
    ],
)
def test_a_sentence_that_its_quote_does_not_say(sentence: str, quote: str) -> None:
    assert not is_supported(sentence, quotes(quote))


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("ann keeps 14 hives.", "I keep 14 hives on a roof."),
        ("ann keeps fourteen hives.", "I keep 14 hives on a roof."),
        ("ann's hives stand on a roof.", "I keep 14 hives; they stand on a roof."),
        ("She has never kept hives.", "I have never kept hives."),
        ("She hopes to keep hives.", "I hope to keep hives."),
        ("Her uncle keeps hives.", "My uncle keeps hives."),
        ("She keeps hives but does not sell honey.", "I keep hives, but I do not sell the honey."),
        ("She is a doctoral student.", "I am a PhD student."),
    ],
)
def test_a_sentence_that_its_quote_says(sentence: str, quote: str) -> None:
    assert is_supported(sentence, quotes(quote))


def test_without_a_quote_nothing_is_supported() -> None:
    assert not is_supported("She keeps hives.", [])


def test_what_is_said_of_two_letters_is_sought_in_each() -> None:
    both = [*quotes("I keep hives."), *quotes("I keep hives too.", letter="bob")]
    assert is_supported("Both ann and bob keep hives.", both)
    assert not is_supported(
        "Both ann and bob keep hives.", [*quotes("I keep hives."), *quotes("I paint.", letter="bob")]
    )
    assert is_supported("ann keeps hives, while bob does not.", [*both[:1], *quotes("I keep no hives.", letter="bob")])


def test_an_id_is_no_regular_expression() -> None:
    assert is_supported("a.b+c keeps hives.", quotes("I keep hives.", letter="a.b+c"))
