"""What a letter says of a subject, weighed: the figures by hand for two small letters, the verdicts on the six."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assistant.answer import Stance
from assistant.cohort import Cohort
from assistant.match import look_up
from assistant.nearness import Floats, Near
from assistant.stance import judge
from assistant.subjects import Entry, Finding, Phrase, Subject
from assistant.weigh import (
    MENTION_FEATURES,
    STANCE_FEATURES,
    Weighed,
    letter_signs,
    mention_features,
    weigh,
)
from eval.training.weights import logistic
from ingest.annotate import Annotations, Annotator
from ingest.database import Database, Segmented
from ingest.letters import Draft
from ingest.segment import sentences, windows

STANCES = list(Stance)


def phrases(*texts: str) -> tuple[Phrase, ...]:
    return tuple(Phrase.of(text) for text in texts)


MOSS = Subject(
    "moss",
    (
        Entry(phrases("moss", "bryophytes"), phrases("spore counting", "leaf rinsing"), phrases("damp", "north wall")),
        Entry(phrases("peat moss"), ()),
    ),
)
LETTERS = {
    "ann": "I study moss. Bryophytes are my trade. Spore counting is my method. I row.",
    "bo": "A damp place. There is a north wall.",
    "cem": "I burn peat moss.",
    "dan": "I sail.",
}


def annotated(text: str, scores: Mapping[str, Sequence[float]]) -> Annotations:
    """Annotations of a letter: one token per word, with the scores of the words that have any, else 0."""
    spans = sentences(text)
    words = [word.strip(".") for word in text.split()]
    places, position = [], 0
    for word in words:
        position = text.index(word, position)
        places.append((position, position + len(word)))
    return Annotations(
        np.array([(span.start, span.end) for span in spans], dtype=np.int32),
        np.tile(np.eye(384, dtype=np.float16)[0], (len(spans), 1)),
        np.array(places, dtype=np.int32),
        np.array([scores.get(word, [0.0] * 6) for word in words], dtype=np.float16),
    )


SURE = 4 * math.log(5)  # of the four words of a sentence, one with this score: the sentence's mean is log 5
SCORES = {"moss": [0, 0, 0, SURE, 0, 0]}  # wants


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Cohort]:
    """Four letters with annotations that were made by hand."""
    with closing(Database(tmp_path / "letters.db")) as database:
        key = database.add_cohort("small")
        cuts = {id_: sentences(text) for id_, text in LETTERS.items()}
        database.store(
            key, [Segmented(id_, Draft(id_, id_, LETTERS[id_]), cut, windows(cut)) for id_, cut in cuts.items()]
        )
        found = {id_: annotated(text, SCORES) for id_, text in LETTERS.items()}
        database.annotate(key, Annotator().fingerprint, found)
        yield Cohort("small", database)


def findings(cohort: Cohort) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for item in cohort.sentences:
        for mention in MOSS.mentions(item.passage.text)[:1]:
            found.setdefault(item.passage.letter, []).append(Finding(item, mention))
    return found


def near(*alone: float) -> Near:
    """Eight sentences that lie so near, all else alike."""
    nothing = np.zeros(len(alone), dtype=np.float32)
    return Near(np.array(alone, dtype=np.float32), nothing, nothing, nothing)


FLAT = near(*[0.0] * 8)


# ---- figures ---------------------------------------------------------------------------------------------------------


def test_mentions_are_counted_by_what_they_are(small: Cohort) -> None:
    counted = mention_features(MOSS, findings(small), FLAT, small.read)[:, : MENTION_FEATURES.index("alone, named")]
    names = MENTION_FEATURES[: counted.shape[1]]
    by_letter = [{name: value for name, value in zip(names, row, strict=True) if value} for row in counted.tolist()]
    assert by_letter == [
        {"named": 1, "times named": 2, "method": 1, "different methods": 1},
        {"one sign": 1, "two signs": 1},
        {"narrower named": 1, "times narrower named": 1},
        {},
    ]


def test_of_nearness_the_best_sentence_of_each_letter_counts(small: Cohort) -> None:
    rows = np.arange(8, dtype=np.float32)  # ann has the sentences 0 to 3, bo 4 and 5, cem 6, dan 7
    given = Near(-rows, rows, 2 * rows, 3 * rows)
    found = mention_features(MOSS, {}, given, small.read)
    columns = {name.removesuffix(", not named"): found[:, n].tolist() for n, name in enumerate(MENTION_FEATURES)}
    assert columns["alone"] == [0, -4, -6, -7]
    assert columns["around"] == [3, 5, 6, 7]
    assert columns["name"] == [6, 10, 12, 14]
    assert columns["name around"] == [9, 15, 18, 21]
    # the mean is 7, the deviation 2 times the root of (64 - 1) / 12
    assert columns["name among letters"] == pytest.approx([(best - 7) / (2 * 5.25**0.5) for best in (6, 10, 12, 14)])


def test_nearness_counts_apart_where_a_name_stands(small: Cohort) -> None:
    rows = np.arange(8, dtype=np.float32)
    given = Near(-rows, rows, 2 * rows, 3 * rows)
    found = mention_features(MOSS, findings(small), given, small.read)
    columns = {name: found[:, n].tolist() for n, name in enumerate(MENTION_FEATURES)}
    assert columns["around, named"] == [3, 0, 6, 0]  # ann names it, cem a narrower subject
    assert columns["around, not named"] == [0, 5, 0, 7]


def stance_figures(letter: str, cohort: Cohort, given: Near) -> dict[str, Floats]:
    found = letter_signs(letter, findings(cohort).get(letter, ()), given, cohort).features
    assert found.shape == (len(STANCE_FEATURES),)
    figures = {name: found[6 * n : 6 * n + 6] for n, name in enumerate(("words", "sentence", "cues", "near"))}
    return figures | {"flags": found[24:]}


def test_the_stance_of_a_mention_is_that_of_its_words_and_its_sentence(small: Cohort) -> None:
    figures = stance_figures("cem", small, FLAT)  # "I burn peat moss."
    # e to the mean score of the two words "peat moss" is 25, of all four words 5
    assert figures["words"] == pytest.approx([1 / 30] * 3 + [25 / 30] + [1 / 30] * 2, rel=1e-2)
    assert figures["sentence"] == pytest.approx([0.1, 0.1, 0.1, 0.5, 0.1, 0.1], abs=1e-2)
    assert figures["near"] == pytest.approx(figures["sentence"])  # the letter's only sentence
    (finding,) = findings(small)["cem"]
    cues = judge(small.context(finding.item), finding.mention.start, finding.mention.end)
    assert figures["cues"] == pytest.approx([cues[stance] for stance in STANCES])
    assert figures["flags"].tolist() == [1, 0]


def test_a_sentence_that_mentions_the_subject_counts_once_more(small: Cohort) -> None:
    # weights of bo's sentences by nearness alone: e to the 0 and e to the -1; one more for each, as both hold a sign
    near_bo = near(0, 0, 0, 0, 0, -1, 0, 0)
    figures = stance_figures("bo", small, near_bo)
    assert figures["near"] == pytest.approx([1 / 6] * 6)
    assert figures["flags"].tolist() == [0, 1]
    (bo,) = [found for found in weigh(MOSS, findings(small)["bo"], near_bo, small) if found.letter == "bo"]
    fading = math.exp(-1)
    assert [said.share for said in bo.sentences] == pytest.approx([2 / (3 + fading), (1 + fading) / (3 + fading)])
    assert [said.item.passage.text for said in bo.sentences] == ["A damp place.", "There is a north wall."]


def test_without_a_mention_only_what_lies_near_speaks(small: Cohort) -> None:
    figures = stance_figures("dan", small, FLAT)
    assert not figures["words"].any()
    assert not figures["sentence"].any()
    assert not figures["cues"].any()
    assert figures["near"].sum() == pytest.approx(1)
    assert figures["flags"].tolist() == [0, 0]


# ---- the six letters -------------------------------------------------------------------------------------------------


def weighed(subject: str, cohort: Cohort) -> dict[str, Weighed]:
    known, found, _ = look_up(subject, cohort)
    return {one.letter: one for one in weigh(known, found, cohort.near(known), cohort)}


@pytest.mark.parametrize(
    "subject", ["diffusion models", "statistics", "robotics", "machine learning", "basket weaving"]
)
def test_chances_are_in_bounds_and_stances_add_up(cohort: Cohort, subject: str) -> None:
    for letter, found in weighed(subject, cohort).items():
        assert 0 <= found.spoken <= 1
        assert list(found.stances) == STANCES
        assert sum(found.stances.values()) == pytest.approx(1, abs=1e-5)
        shares = [said.share for said in found.sentences]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1 + 1e-5
        for said in found.sentences:
            assert said.item.passage.letter == letter
            assert sum(said.stances.values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("subject", "naming"),
    [
        ("diffusion models", {"Kowalska", "Neri", "Chen", "Sahin"}),
        ("statistics", {"Sahin"}),
        ("robotics", {"Osei"}),
        ("time series", {"Osei"}),
    ],
)
def test_who_names_a_subject_weighs_more_than_who_does_not(cohort: Cohort, subject: str, naming: set[str]) -> None:
    found = weighed(subject, cohort)
    chances = {letter: found[letter].spoken if letter in found else 0.0 for letter in cohort.letters}
    assert min(chances[letter] for letter in naming) > max(chances[letter] for letter in set(chances) - naming)


def test_a_letter_far_from_a_subject_has_no_verdict(cohort: Cohort) -> None:
    assert weighed("basket weaving", cohort) == {}


def test_the_sentence_that_names_it_is_shown_first(cohort: Cohort) -> None:
    first = weighed("statistics", cohort)["Sahin"].sentences[0]
    assert first.item.passage.text.startswith("My\nstatistics is weak")


# ---- logistic regression ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_probabilities_are_those_of_scikit_learn(classes: int) -> None:
    random = np.random.default_rng(0)
    x = random.normal(3, 2, (200, 5)).astype(np.float32)
    y = random.integers(0, classes, 200)
    weights = random.uniform(0.5, 2, 200)
    own = logistic(x, y, weights, 0.3).probabilities(x)
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=0.3, max_iter=5000).fit(scaler.transform(x), y, sample_weight=weights)
    assert own.shape == (200, classes)
    assert np.allclose(own, make_pipeline(scaler, model).predict_proba(x), atol=1e-5)
    assert np.allclose(own.sum(1), 1, atol=1e-5)
