"""What is read out of a letter: every word once, in its place, and of clear sentences what they say of their writer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.annotate import Annotations, Annotator, Stretch, stretches
from ingest.letters import Stance, canonical
from ingest.segment import SEGMENTS, Span, sentences

STANCES = list(Stance)
LONGEST = 250  # tokens in a stretch, without the model's own two marks


class ByWord:
    """A tokenizer that can be computed by eye: a token is a word, its id the word's length."""

    cls_token_id, sep_token_id = 101, 102

    def __call__(self, text: str, **wishes: bool) -> dict[str, list[object]]:
        places, position = [], 0
        for word in text.split():
            start = text.index(word, position)
            position = start + len(word)
            places.append((start, position))
        return {"input_ids": [end - start for start, end in places], "offset_mapping": [*places]}


def cut(*sizes: int) -> tuple[str, list[Span]]:
    """A text of sentences with so many words of one letter each."""
    text, spans = "", []
    for size in sizes:
        spans.append(Span(len(text), len(text) + 2 * size - 1))
        text += "w " * size
    return text, spans


def numbers(stretch: Stretch, spans: Sequence[Span]) -> list[int]:
    """Which sentences a stretch scores."""
    return [spans.index(span) for _, _, span in stretch.scored]


@pytest.fixture(scope="module")
def annotator() -> Annotator:
    return Annotator()


# ---- stretches -------------------------------------------------------------------------------------------------------


def test_a_short_letter_is_one_stretch() -> None:
    text, spans = cut(2, 3)
    (stretch,) = stretches(ByWord(), text, spans)
    assert stretch.ids == [101, 1, 1, 1, 1, 1, 102]
    assert stretch.tokens == [(-1, -1), (0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (-1, -1)]
    assert stretch.scored == [(1, 3, spans[0]), (3, 6, spans[1])]


def test_a_long_letter_is_cut_between_sentences_that_are_read_with_their_neighbours() -> None:
    text, spans = cut(*[10] * 45)
    first, second, third = stretches(ByWord(), text, spans)
    # 22 sentences of 10 tokens fit; the last is scored in the next stretch, which begins two sentences before it
    assert numbers(first, spans) == list(range(21))
    assert numbers(second, spans) == list(range(21, 40))
    assert numbers(third, spans) == list(range(40, 45))
    assert second.tokens[1] == (spans[19].start, spans[19].start + 1)
    assert second.scored[0] == (21, 31, spans[21])
    assert third.tokens[1] == (spans[38].start, spans[38].start + 1)


def test_of_a_sentence_that_is_too_long_the_beginning_is_read() -> None:
    text, spans = cut(5, 400, 5)
    first, second, third = stretches(ByWord(), text, spans)
    assert [numbers(stretch, spans) for stretch in (first, second, third)] == [[0], [1], [2]]
    assert second.scored == [(1, 1 + LONGEST, spans[1])]


def test_a_sentence_after_a_very_long_one_is_read_without_it() -> None:
    text, spans = cut(400, 5, 5)
    *_, last = stretches(ByWord(), text, spans)
    assert last.scored == [(1, 6, spans[1]), (6, 11, spans[2])]


def test_a_text_without_sentences_has_no_stretch() -> None:
    assert list(stretches(ByWord(), "", [])) == []


PIECES = [
    "I keep bees",
    "Łódź",
    "😀😀",
    "e\u0301",
    "C++",
    " ",
    ". ",
    "; ",
    "?\n",
    "\n",
    "\n\n",
    "- ",
    "What I lack\n\n",
]
LETTERS = st.lists(
    st.one_of(
        st.sampled_from(PIECES),
        st.text(max_size=15),
        st.builds("bee {}".__mul__, st.integers(1, 300)),
        st.just("x" * 300),
    ),
    max_size=25,
).map(lambda pieces: canonical("".join(pieces)))


def test_every_sentence_is_scored_once_with_its_own_tokens(annotator: Annotator) -> None:
    tokenizer = annotator._network.tokenizer

    @settings(max_examples=40, deadline=None)
    @given(LETTERS)
    def holds(text: str) -> None:
        spans = sentences(text)
        read = list(stretches(tokenizer, text, spans))
        assert [span for stretch in read for _, _, span in stretch.scored] == spans
        places = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False, verbose=False)["offset_mapping"]
        for stretch in read:
            assert len(stretch.ids) == len(stretch.tokens) <= LONGEST + 2
            for first, end, span in stretch.scored:
                own = [place for place in places if span.start <= place[0] < span.end]
                assert list(stretch.tokens[first:end]) == own[:LONGEST]
                assert 1 <= first <= end <= len(stretch.ids) - 1

    holds()


# ---- annotations -----------------------------------------------------------------------------------------------------


def written(*scores: Sequence[float]) -> Annotations:
    """Annotations of one sentence of words of two letters: at 0 to 2, 3 to 5, and so on."""
    count = len(scores)
    return Annotations(
        np.array([(0, 3 * count - 1)], dtype=np.int32),
        np.array([(0.6, 0.8)], dtype=np.float16),
        np.array([(3 * n, 3 * n + 2) for n in range(count)], dtype=np.int32).reshape(-1, 2),
        np.array(scores, dtype=np.float16).reshape(-1, 6),
    )


FIVE = (math.log(5), 0, 0, 0, 0, 0)  # e to this: 5 of 10 for the first stance, 1 of 10 for each other


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(0, 2, [0.5, 0.1, 0.1, 0.1, 0.1, 0.1], id="a word"),
        pytest.param(1, 2, [0.5, 0.1, 0.1, 0.1, 0.1, 0.1], id="part of a word"),
        pytest.param(3, 5, [0.1, 0.5, 0.1, 0.1, 0.1, 0.1], id="another word"),
        # the mean of the scores: twice the square root of 5, four times 1
        pytest.param(0, 5, [0.264, 0.264, 0.118, 0.118, 0.118, 0.118], id="two words"),
        pytest.param(2, 3, [1 / 6] * 6, id="between words"),
        pytest.param(90, 99, [1 / 6] * 6, id="beyond the letter"),
    ],
)
def test_a_mention_has_the_stance_of_its_words(start: int, end: int, expected: list[float]) -> None:
    found = written(FIVE, (0, math.log(5), 0, 0, 0, 0))
    assert found.stance(start, end) == pytest.approx(expected, abs=1e-3)


SCORES = st.lists(st.tuples(*[st.floats(-30, 30, width=16)] * 6), max_size=5)


@given(SCORES, st.integers(0, 20), st.integers(0, 20))
def test_stances_are_probabilities(scores: list[Sequence[float]], start: int, length: int) -> None:
    likely = written(*scores).stance(start, start + length)
    assert likely.shape == (6,)
    assert likely.min() >= 0
    assert likely.sum() == pytest.approx(1.0, abs=1e-5)


@given(SCORES)
def test_annotations_come_back_as_they_were_written(scores: list[Sequence[float]]) -> None:
    made = written(*scores)
    back = Annotations.from_bytes(made.to_bytes())
    for name, array in vars(made).items():
        assert np.array_equal(vars(back)[name], array)
        assert vars(back)[name].dtype == array.dtype


# ---- the real model --------------------------------------------------------------------------------------------------


def chances(annotator: Annotator, marked: str) -> dict[Stance, float]:
    """What is read of the mention in double square brackets."""
    start, end = marked.index("[["), marked.index("]]") - 2
    text = marked.replace("[[", "").replace("]]", "")
    (found,) = annotator.annotate([(text, sentences(text))])
    return dict(zip(STANCES, found.stance(start, end).tolist(), strict=True))


@pytest.mark.parametrize(
    ("marked", "stance"),
    [
        ("At present I work on [[beekeeping statistics]].", Stance.DOES),
        ("My bachelor thesis on [[tides]] was handed in two years ago.", Stance.DID),
        ("I took one course on [[topology]] and passed the exam.", Stance.COURSE),
        ("I would like to learn [[tomography]].", Stance.WANTS),
        ("[[Topology]] is my weak spot: I cannot explain a single proof.", Stance.LACKS),
        ("Nobody ever taught me [[optics]], and it shows.", Stance.LACKS),
        ("Please, no [[robotics]]: I am not interested.", Stance.OTHER),
        ("My sister is the one who knows about [[volcanoes]].", Stance.OTHER),
        ("My supervisor works on [[glaciers]]; I study moss.", Stance.OTHER),
        ("My supervisor works on glaciers; I study [[moss]].", Stance.DOES),
        ("What I lack\n\nRobotics and [[statistics]].", Stance.LACKS),
        ("What I want to learn\n\n- Bees\n- [[Robotics]]", Stance.WANTS),
    ],
)
def test_a_clear_sentence_is_understood(annotator: Annotator, marked: str, stance: Stance) -> None:
    likely = chances(annotator, marked)
    assert max(likely, key=lambda one: likely[one]) is stance
    assert likely[stance] > 0.6


def test_what_others_do_is_not_the_writers_work(annotator: Annotator) -> None:
    likely = chances(annotator, "[[Privacy]]. The legal department does it.")
    assert likely[Stance.DOES] + likely[Stance.DID] < 0.1


BEES = (
    "I keep bees on the roof. My thesis was on moss. 😀 I would like to learn how glaciers move.\n\nI lack statistics."
)
BOATS = "I repair boats in the harbour. " * 60


def test_a_letter_is_read_alike_alone_and_among_others(annotator: Annotator) -> None:
    letters = [(text, sentences(text)) for text in (BOATS, BEES, "", "Yes.")]
    together = annotator.annotate(letters)
    for letter, found in zip(letters, together, strict=True):
        (alone,) = annotator.annotate([letter])
        assert np.array_equal(alone.sentences, found.sentences)
        assert np.array_equal(alone.tokens, found.tokens)
        assert np.allclose(alone.stances, found.stances, atol=0.02)
        if letter[1]:  # without any sentence the vectors have no dimension
            assert np.allclose(alone.vectors, found.vectors, atol=0.001)


def test_every_sentence_has_the_vector_of_its_text(annotator: Annotator) -> None:
    spans = sentences(BEES)
    (found,) = annotator.annotate([(BEES, spans)])
    assert found.sentences.tolist() == [[span.start, span.end] for span in spans]
    assert np.linalg.norm(found.vectors.astype(np.float32), axis=1) == pytest.approx([1.0] * len(spans), abs=1e-3)
    own = annotator.vectors([BEES[span.start : span.end] for span in spans])
    assert np.allclose(found.vectors, own, atol=0.002)


def test_tokens_are_in_order_and_cover_every_word(annotator: Annotator) -> None:
    (found,) = annotator.annotate([(BOATS, sentences(BOATS))])
    assert len(found.stances) == len(found.tokens) == 60 * 7  # six words and a full stop, 60 times
    assert (np.diff(found.tokens[:, 0]) > 0).all()


@pytest.mark.parametrize(("text", "count"), [("", 0), ("\u200b", 1)], ids=["empty", "of a character without width"])
def test_a_letter_without_words_has_no_stances(annotator: Annotator, text: str, count: int) -> None:
    (found,) = annotator.annotate([(text, sentences(text))])
    assert found.sentences.shape == (count, 2)
    assert (found.tokens.shape, found.stances.shape) == ((0, 2), (0, 6))
    assert found.stance(0, 1) == pytest.approx([1 / 6] * 6)
    assert Annotations.from_bytes(found.to_bytes()).vectors.shape == found.vectors.shape


def test_nothing_is_read_of_no_letters(annotator: Annotator) -> None:
    assert annotator.annotate([]) == []
    assert len(annotator.vectors([])) == 0


def test_the_fingerprint_names_the_sentences_and_loads_no_model() -> None:
    fresh = Annotator()
    assert fresh.fingerprint == Annotator().fingerprint
    assert fresh.fingerprint.endswith(f" {SEGMENTS}")
    assert "_network" not in vars(fresh)


# ---- the network -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def networks(annotator: Annotator) -> SimpleNamespace:
    """A network with additions of its own, before and after they were merged, and what was added."""
    import torch

    from ingest.network import Network

    folder = annotator._embedder.folder
    torch.manual_seed(0)
    apart, merged = Network(folder).eval(), Network(folder).eval()
    added = {name: value + 0.01 * torch.randn_like(value) for name, value in apart.learned().items()}
    for network in (apart, merged):
        network.learn(added)
    merged.merge()
    return SimpleNamespace(apart=apart, merged=merged, added=added)


def test_merged_additions_give_the_same_scores(networks: SimpleNamespace) -> None:
    import torch

    from ingest.network import padded

    ids, mask = padded([[101, 2026, 102], [101, 2026, 2026, 2026, 102]])
    assert mask.tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    with torch.inference_mode():
        apart, merged = (network.head(network.tokens(ids, mask)) for network in (networks.apart, networks.merged))
    assert torch.allclose(apart, merged, atol=1e-4)


def test_additions_come_back_as_they_were_learned(networks: SimpleNamespace) -> None:
    learned = networks.apart.learned()
    assert learned.keys() == networks.added.keys()
    assert all(bool((learned[name] == networks.added[name]).all()) for name in learned)


@pytest.mark.parametrize("change", ["one is missing", "one is unknown"])
def test_additions_of_another_model_are_refused(networks: SimpleNamespace, change: str) -> None:
    other = dict(networks.added)
    taken = other.pop("head.weight")
    if change == "one is unknown":
        other |= {"head.weight": taken, "tail.weight": taken}
    with pytest.raises(ValueError, match=r"head\.weight" if change == "one is missing" else r"tail\.weight"):
        networks.apart.learn(other)
