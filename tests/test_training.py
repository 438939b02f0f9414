"""What was learned and from what: the labelled text reads as it is meant, the shipped data fit the code they serve."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from assistant.cascade import TRAIT_FEATURES, Band, subject_band, trait_band, trait_chances
from assistant.nearness import name_vectors, prototypes
from assistant.verdicts import MAYBE, YES
from assistant.weigh import MENTION_FEATURES, STANCE_FEATURES
from eval.training.__main__ import main
from eval.training.annotator import judge, train
from eval.training.cascade import Labelled, Told, bounds, even, tell
from eval.training.marked import Marked, _marked, _sentence, labelled
from eval.training.weights import SETS, Pairs, _labels
from ingest.annotate import Annotator
from ingest.letters import Stance


@cache
def data(name: str) -> dict[str, Any]:
    text = (resources.files("assistant.data") / name).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text) if name.endswith(".json") else tomllib.loads(text)
    return found


# ---- labelled text ---------------------------------------------------------------------------------------------------


def test_marks_become_places_in_the_text_without_them() -> None:
    found = _marked("bio", "I {does|bees; beekeeping|keep bees}, not {other|wasps|wasps}.")
    assert found == Marked("bio", "I keep bees, not wasps.", ((2, 11, Stance.DOES), (17, 22, Stance.OTHER)))


def test_a_text_without_marks_is_as_it_was() -> None:
    assert _marked("bio", "I keep bees.\n\nYours") == Marked("bio", "I keep bees.\n\nYours", ())


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("I {does|bees}.", id="no words"),
        pytest.param("I {loves|bees|keep bees}.", id="unknown stance"),
        pytest.param("I {does|bees|keep bees.", id="not closed"),
        pytest.param("I keep bees}.", id="not opened"),
        pytest.param("I {does|bees|keep {wants|wasps|wasps}}.", id="one in another"),
        pytest.param("I {does||keep bees}.", id="no name"),
    ],
)
def test_a_broken_mark_is_named(broken: str) -> None:
    with pytest.raises(ValueError, match="a mark of 'bio' is broken"):
        _marked("bio", broken)


def test_a_labelled_sentence_stands_among_its_neighbours() -> None:
    row = {"heading": "Work", "before": "Hello.", "sentence": "I keep [[bees]].", "after": "Bye.", "stance": "does"}
    found = _sentence(row)
    assert found.text == "Work\n\nHello. I keep bees. Bye."
    assert found.marks == ((20, 24, Stance.DOES),)
    alone = _sentence(row | {"heading": "", "before": "", "after": ""})
    assert (alone.text, alone.marks) == ("I keep bees.", ((7, 11, Stance.DOES),))


def test_all_labelled_text_can_be_read() -> None:
    counts = Counter[Stance]()
    fields = set()
    for text in labelled():
        fields.add(text.field)
        ends = [0]
        for start, end, stance in text.marks:
            assert ends[-1] <= start < end <= len(text.text), text.text[start:end]
            assert text.text[start:end].strip()
            ends.append(end)
            counts[stance] += 1
    assert all(counts[stance] > 100 for stance in Stance), counts
    assert {"bio", "law", "med", "sentences"} <= fields


# ---- places of subjects ----------------------------------------------------------------------------------------------


def test_the_shipped_places_are_those_of_the_subjects() -> None:
    names = [entry["name"] for entry in data("subjects.toml")["subject"]]
    assert list(prototypes()) == list(name_vectors()) == names


def test_passages_belong_to_known_subjects() -> None:
    passages = data("passages.toml")
    assert passages.keys() <= prototypes().keys()
    assert all(isinstance(text, str) and text.strip() for texts in passages.values() for text in texts)


@pytest.mark.parametrize("subject", ["robotics", "statistics"])
def test_a_place_is_the_mean_of_phrases_and_passages(subject: str) -> None:
    (entry,) = [entry for entry in data("subjects.toml")["subject"] if entry["name"] == subject]
    annotator = Annotator()
    total = annotator.vectors([subject])[0].copy()
    for key, count in (("names", 1.0), ("methods", 0.5), ("signs", 0.25)):
        if entry.get(key):
            total += count * annotator.vectors(entry[key]).sum(0)
    total += annotator.vectors(data("passages.toml")[subject]).sum(0)
    assert np.allclose(prototypes()[subject], total / np.linalg.norm(total), atol=0.01)
    assert np.allclose(name_vectors()[subject], annotator.vectors([subject])[0], atol=0.01)


# ---- weights ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "features", "classes"), [("mention", MENTION_FEATURES, 2), ("stance", STANCE_FEATURES, len(Stance))]
)
def test_the_shipped_weights_are_those_of_the_signs(model: str, features: tuple[str, ...], classes: int) -> None:
    stored = data("weights.json")[model]
    assert tuple(stored["features"]) == features
    assert np.shape(stored["mean"]) == np.shape(stored["scale"]) == (len(features),)
    assert np.shape(stored["weights"]) == (classes, len(features))
    assert np.shape(stored["bias"]) == (classes,)
    assert min(stored["scale"]) > 0


def pairs(*cohorts: str) -> Pairs:
    count = len(cohorts)
    none = np.zeros((count, 1), dtype=np.float32)
    return Pairs(
        list(cohorts), ["x"] * count, ["y"] * count, none, none, np.zeros(count, bool), np.zeros(count, dtype=int)
    )


def test_each_cohort_counts_as_much_as_another() -> None:
    assert pairs("a", "a", "a", "b").weights().tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])


@pytest.mark.parametrize("name", SETS)
def test_the_labels_of_a_pair_are_decided_or_left_open(name: str) -> None:
    stances, undecided = _labels(name)
    assert set(stances.values()) == set(Stance)
    assert all(letter and topic for letter, topic in (*stances, *undecided))


# ---- the cascade -----------------------------------------------------------------------------------------------------

CHANCES = (0.9, 0.8, 0.7, 0.4, 0.2, 0.1, 0.05, 0.01)
TRUTH = (True, True, False, True, False, True, False, False)


def pairs_with_chances(cohort: str = "aaaaaaaa") -> Labelled:
    names = np.array(list(cohort))
    return Labelled(names, names, np.array(CHANCES), np.array(TRUTH))


@pytest.mark.parametrize(
    ("recall", "low"),
    [
        pytest.param(1.0, 0.1, id="all four"),
        pytest.param(0.76, 0.1, id="more than three of four"),
        pytest.param(0.75, 0.4, id="three of four"),
        pytest.param(0.5, 0.8, id="two of four"),
    ],
)
def test_the_lower_bound_keeps_so_many_of_the_letters_that_match(recall: float, low: float) -> None:
    assert bounds(pairs_with_chances(), recall, 1.0).low == low


@pytest.mark.parametrize(
    ("precision", "high"),
    [
        pytest.param(1.0, 0.8, id="two of two"),
        pytest.param(0.75, 0.4, id="three of four"),
        pytest.param(0.1, 0.4, id="never below what a match needs"),
    ],
)
def test_the_upper_bound_is_the_lowest_above_which_so_many_match(precision: float, high: float) -> None:
    assert bounds(pairs_with_chances(), 1.0, precision).high == high


def test_where_the_surest_do_not_match_all_are_asked_about() -> None:
    labelled = Labelled(np.array(["a", "a"]), np.array(["a", "a"]), np.array([0.9, 0.5]), np.array([False, True]))
    assert bounds(labelled, 1.0, 0.9) == Band(0.5, 1.0)


def test_what_a_band_does_is_told_in_shares() -> None:
    # 0.9 and 0.8 lie above, both match; 0.7, 0.4, 0.2 and 0.1 are sent; all four that match lie above 0.1
    assert tell(pairs_with_chances(), Band(0.1, 0.75)) == Told(recall=1.0, precision=1.0, sent=0.5)
    assert tell(pairs_with_chances(), Band(0.3, 0.5)) == Told(recall=0.75, precision=2 / 3, sent=1 / 8)


def test_a_small_cohort_counts_as_much_as_a_large_one() -> None:
    assert even(np.array(["a", "a", "a", "b"])).tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])
    # of b's only letter, which matches with 0.1, half of the recall depends
    assert bounds(pairs_with_chances("aaaaabaa"), 0.6, 1.0).low == 0.1


def test_the_shipped_cascade_fits_its_signs() -> None:
    stored = data("cascade.json")
    assert tuple(stored["trait"]["weights"]["features"]) == TRAIT_FEATURES
    assert stored["sets"] == list(SETS)
    for kind in ("subject", "trait"):
        assert 0 < stored[kind]["low"] < MAYBE < YES <= stored[kind]["high"] <= 1
        assert 0 < stored[kind]["sent"] < 1
    assert (subject_band().low, trait_band().high) == (stored["subject"]["low"], stored["trait"]["high"])


def test_a_letter_that_says_it_as_facets_know_is_likelier_and_so_is_a_nearer_one() -> None:
    chances = trait_chances(np.array([[0, 0.2], [0, 0.5], [1, 0.2], [1, 0.5]], dtype=np.float32))
    assert sorted(chances.tolist()) == chances.tolist()
    assert chances[1] < YES < chances[2]


# ---- the commands ----------------------------------------------------------------------------------------------------


def test_every_command_says_what_it_does() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    for name in ("annotator", "prototypes", "weights", "cascade"):
        assert name in shown
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


@pytest.mark.slow
def test_an_annotator_learns_what_it_is_shown() -> None:
    shown = [
        _marked("toy", text)
        for text in (
            "I {does|bees|keep bees} every day.",
            "I {does|boats|repair boats} in the harbour.",
            "I would like to {wants|moss|learn about moss}.",
            "I hope to {wants|tides|study tides} at your school.",
            "My sister {other|glaciers|measures glaciers}.",
            "My friend {other|wasps|studies wasps} in Turin.",
        )
    ]
    network = train(shown * 8, epochs=6, seed=0)
    share, by_stance = judge(network, shown)
    assert share == 1.0
    assert {stance for stance, right in by_stance.items() if right == 1.0} == {"does", "wants", "other"}
