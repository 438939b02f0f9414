"""How near sentences are to a subject: by places that are known, and by vectors that can be computed by eye."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assistant.nearness import Floats, Sentences, name_vectors, prototypes
from ingest.annotate import Annotations

DIMENSION = 384


def axis(number: int) -> Floats:
    """The unit vector along one axis."""
    return np.eye(DIMENSION, dtype=np.float32)[number]


def letter(*vectors: Floats) -> Annotations:
    """A letter of sentences of ten characters, with these vectors; in the n-th sentence speaks the n-th stance."""
    count = len(vectors)
    spans = np.array([(10 * n, 10 * n + 9) for n in range(count)], dtype=np.int32).reshape(-1, 2)
    return Annotations(
        spans,
        np.array(vectors, dtype=np.float16).reshape(-1, DIMENSION),
        spans,
        np.eye(6, dtype=np.float16)[:count] * np.float16(math.log(5)),
    )


def test_letters_stand_one_after_the_other_and_those_without_sentences_are_left_out() -> None:
    read = Sentences({"ann": letter(axis(0), axis(1)), "bo": letter(), "cem": letter(axis(2))})
    assert read.letters == ["ann", "cem"]
    assert read.number == {"ann": 0, "cem": 1}
    assert read.first.tolist() == [0, 2]
    assert read.letter.tolist() == [0, 0, 1]
    expected = [[0.5, 0.1, 0.1, 0.1, 0.1, 0.1], [0.1, 0.5, 0.1, 0.1, 0.1, 0.1], [0.5, 0.1, 0.1, 0.1, 0.1, 0.1]]
    assert np.allclose(read.stances, expected, atol=1e-3)


def test_a_sentence_is_compared_with_its_neighbours_of_the_same_letter_only() -> None:
    read = Sentences({"ann": letter(axis(0), axis(1), axis(2)), "bo": letter(axis(3))})
    near = read.near(axis(1), axis(1)[None], shipped=False)
    assert near.name == pytest.approx([0, 1, 0, 0])
    side = 0.7 / math.sqrt(1 + 0.7**2)  # a sentence with one neighbour
    assert near.name_around == pytest.approx([side, 1 / math.sqrt(1 + 2 * 0.7**2), side, 0], abs=1e-3)
    assert read.near(axis(3), axis(3)[None], shipped=False).name_around == pytest.approx([0, 0, 0, 1])


@pytest.mark.parametrize("subject", ["robotics", "statistics", "graph neural networks"])
def test_of_the_thesaurus_the_sentence_at_a_subjects_place_is_the_nearest(subject: str) -> None:
    others = [place for name, place in prototypes().items() if name != subject][::60]
    read = Sentences({"ann": letter(*others[:5]), "bo": letter(others[5], prototypes()[subject])})
    near = read.near(name_vectors()[subject], prototypes()[subject][None], shipped=True)
    for found in (near.alone, near.around, near.name, near.site):
        assert int(found.argmax()) == 6


def test_of_all_subjects_the_probabilities_add_up_to_one() -> None:
    read = Sentences({"ann": letter(axis(0), prototypes()["robotics"])})
    each = [read.near(name_vectors()[name], prototypes()[name][None], shipped=True) for name in prototypes()]
    assert sum(np.exp(near.alone) for near in each) == pytest.approx([1.0, 1.0], abs=1e-3)
    assert sum(np.exp(near.around) for near in each) == pytest.approx([1.0, 1.0], abs=1e-3)


def test_of_a_field_the_probability_is_the_sum_of_its_parts() -> None:
    read = Sentences({"ann": letter(axis(0), prototypes()["robotics"])})
    parts = ["robotics", "statistics", "deep learning"]
    whole = read.near(name_vectors()["robotics"], np.stack([prototypes()[part] for part in parts]), shipped=True)
    each = [read.near(name_vectors()["robotics"], prototypes()[part][None], shipped=True) for part in parts]
    assert np.exp(whole.alone) == pytest.approx(sum(np.exp(near.alone) for near in each), rel=1e-3)


def test_a_subject_that_the_thesaurus_does_not_know_is_one_more() -> None:
    near = Sentences({"ann": letter(axis(0), axis(1))}).near(axis(0), axis(0)[None], shipped=False)
    for row, cosine in ((0, 1.0), (1, 0.0)):
        rest = sum(math.exp(12 * place[row]) for place in prototypes().values())
        own = math.exp(12 * cosine)
        assert math.exp(near.alone[row]) == pytest.approx(own / (own + rest), rel=1e-3)


def test_where_a_letter_speaks_of_a_subject_its_name_counts_most() -> None:
    near = Sentences({"ann": letter(axis(0), axis(1))}).near(axis(0), axis(0)[None], shipped=False)
    assert near.site == pytest.approx(near.alone + near.around + 8 * near.name)


def test_every_subject_has_a_place_and_a_name_of_length_one() -> None:
    assert prototypes().keys() == name_vectors().keys()
    for table in (prototypes(), name_vectors()):
        lengths = np.linalg.norm(np.stack(list(table.values())), axis=1)
        assert np.allclose(lengths, 1, atol=1e-2)


def test_sentences_that_say_it_move_the_place_that_others_are_compared_with() -> None:
    read = Sentences({"ann": letter(axis(0), axis(1)), "bo": letter(axis(2))})
    assert read.resembling(axis(0), []) == pytest.approx([1, 0, 0])
    # the mean of the rows is half of each axis, so the place is (1, 1/2, 1/2), of length sqrt(3/2)
    expected = [1 / math.sqrt(1.5), 0.5 / math.sqrt(1.5), 0.5 / math.sqrt(1.5)]
    assert read.resembling(axis(0), [1, 2]) == pytest.approx(expected, abs=1e-3)
