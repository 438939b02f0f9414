"""The outcome of an evaluation: every question with its scores, and what they come to together.

Nothing is aggregated before it is asked for: a ``Report`` keeps the results of single questions and computes means,
intervals and the judge's table from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from assistant.answer import Answer, Candidate, Evidence
from eval.dataset import GoldLetter, LabelledSet, Query
from eval.metrics import (
    Calibration,
    Estimate,
    Forecast,
    answer_words,
    calibration,
    evidence_on_gold,
    fact_hits,
    interval,
    is_exact_set,
    is_exact_span,
    is_letter_first,
    is_verbatim,
    latency,
    mean,
    normalise,
    recall_at,
    set_score,
)

Scores: TypeAlias = dict[str, float]

STANCE_KINDS: Final = ("who-does", "who-wants", "who-lacks")  # the questions whose topic is labelled letter by letter
FACT_MEASURES: Final = ("evidence@1", "evidence@3", "letter@1", "answer_words", "answered")


class Round(StrEnum):
    """How a question was asked. The rounds are scored apart: a letter that is named is easy to find."""

    MAIN = "main"  # the batch: facts with their letter named
    UNNAMED = "unnamed"  # facts again, over the whole cohort
    TURN = "turn"  # in a conversation


@dataclass(frozen=True)
class QuestionResult:
    """One question, what came back and how it scored.

    ``metrics`` holds 0 to 1 for what is averaged over questions (``F1``, ``evidence@1`` ...), and counts for what is
    summed first: ``quotes``, of them ``verbatim`` and ``exact_spans``; letters rightly returned whose label is known
    (``judged``), of them ``stance`` and ``on_gold``. ``missed`` and ``wrong`` are letters.
    """

    query: Query
    round: Round
    answer: Answer
    metrics: Mapping[str, float]
    returned: tuple[str, ...]
    missed: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The one number that says how well this question went."""
        if self.query.wants_set:
            return self.metrics["F1"]
        if self.query.kind == "fact":
            return self.metrics["letter@1" if self.round is Round.UNNAMED else "evidence@1"]
        return self.metrics["abstained"]

    @property
    def elapsed_ms(self) -> float:
        """The time the answer took, rounded as an answer's JSON gives it."""
        return round(self.answer.elapsed_ms, 1)

    @property
    def forecasts(self) -> list[Forecast]:
        """The letters listed as matching or as unsure, each once, without those that are neutral."""
        listed: dict[str, Candidate] = {}
        for candidate in (*self.answer.candidates, *self.answer.unsure):
            if candidate.letter not in self.query.neutral:
                listed.setdefault(candidate.letter, candidate)
        return [Forecast(candidate.score, letter in self.query.relevant) for letter, candidate in listed.items()]

    def to_json(self) -> dict[str, Any]:
        """Return ids, numbers and the question, no word of a letter."""
        return {
            "id": self.query.id,
            "kind": self.query.kind,
            "round": str(self.round),
            "text": self.query.text,
            "metrics": {name: round(value, 4) for name, value in self.metrics.items()},
            "returned": list(self.returned),
            "missed": list(self.missed),
            "wrong": list(self.wrong),
            "abstained": self.answer.abstained,
            "elapsed_ms": self.elapsed_ms,
        }


class Scorer:
    """Scores answers against one labelled set; holds its letters in the form in which quotes are compared."""

    def __init__(self, labelled: LabelledSet) -> None:
        self._labelled = labelled
        self._normalised = {letter: normalise(text) for letter, text in labelled.letters.items()}

    def score(self, query: Query, answer: Answer, round_: Round = Round.MAIN) -> QuestionResult:
        """Return what one answer is worth."""
        metrics = self._quote_counts(answer)
        if query.wants_set:
            returned = tuple(dict.fromkeys(candidate.letter for candidate in answer.candidates))
            metrics |= self._set_metrics(query, answer, returned)
            missed = tuple(sorted(query.relevant.difference(returned)))
            wrong = tuple(letter for letter in returned if letter not in query.relevant | query.neutral)
            return QuestionResult(query, round_, answer, metrics, returned, missed, wrong)
        returned = tuple(dict.fromkeys(evidence.letter for evidence in answer.evidence))
        metrics |= self._fact_metrics(query, answer) if query.kind == "fact" else {"abstained": float(answer.abstained)}
        return QuestionResult(query, round_, answer, metrics, returned)

    def _quote_counts(self, answer: Answer) -> Scores:
        quotes = [*answer.evidence, *(evidence for candidate in answer.candidates for evidence in candidate.evidence)]
        return {
            "quotes": len(quotes),
            "verbatim": sum(is_verbatim(quote.quote, self._normalised.get(quote.letter, "")) for quote in quotes),
            "exact_spans": sum(self._is_exact_span(quote) for quote in quotes),
        }

    def _is_exact_span(self, quote: Evidence) -> bool:
        return quote.letter in self._labelled.letters and is_exact_span(quote, self._labelled.letters[quote.letter])

    def _set_metrics(self, query: Query, answer: Answer, returned: Sequence[str]) -> Scores:
        precision, recall, f1 = set_score(returned, query.relevant, query.neutral)
        metrics = {
            "P": precision,
            "R": recall,
            "F1": f1,
            "exact": float(is_exact_set(returned, query.relevant, query.neutral)),
            "R@2": recall_at([letter for letter in returned if letter not in query.neutral], query.relevant, 2),
        }
        return metrics | self._label_counts(query, answer) if query.kind in STANCE_KINDS else metrics

    def _label_counts(self, query: Query, answer: Answer) -> Scores:
        """Count the letters rightly returned, those of them with the right stance and those with evidence on gold."""
        judged, stance, on_gold = 0, 0, 0
        for candidate in answer.candidates:
            label = self._labelled.gold.get(candidate.letter, GoldLetter()).topic(query.topic)
            if label is None or candidate.letter not in query.relevant:
                continue
            judged += 1
            stance += candidate.stance == label.stance
            on_gold += evidence_on_gold(candidate, label.quotes, self._normalised.get(candidate.letter, ""))
        return {"judged": judged, "stance": stance, "on_gold": on_gold}

    def _fact_metrics(self, query: Query, answer: Answer) -> Scores:
        hits = fact_hits(answer.evidence, query.letter, query.quote, self._normalised.get(query.letter, ""))
        return {
            "evidence@1": float(any(hits[:1])),
            "evidence@3": float(any(hits[:3])),
            "letter@1": float(is_letter_first(answer.evidence, query.letter)),
            "answer_words": answer_words(query.answer, answer.markdown),
            "answered": float(not answer.abstained),
        }


@dataclass(frozen=True)
class Measure:
    """A number to report: the mean of ``metric`` over the questions chosen, or its sum by the sum of ``counts``."""

    label: str
    metric: str
    chosen: Callable[[QuestionResult], bool]
    counts: str = ""


@dataclass(frozen=True)
class Report:
    """How one system did on one labelled set, question by question; ``provenance`` says what was run, on what."""

    dataset: str
    system: str
    provenance: Mapping[str, Any]
    results: tuple[QuestionResult, ...]

    def asked(self, round_: Round) -> tuple[QuestionResult, ...]:
        """Return the results of one round, in the order of the questions."""
        return tuple(result for result in self.results if result.round is round_)

    def measures(self) -> list[Measure]:
        """Return what there is to measure, most telling first."""
        return [*_set_measures(self), *_label_measures(), *_fact_measures(), *_turn_measures(self)]

    def estimate(self, measure: Measure) -> Estimate | None:
        """Return the mean with its 95 % interval, or None where no question bears on it."""
        chosen = [result.metrics for result in self.results if measure.chosen(result)]
        counts = [metrics[measure.counts] for metrics in chosen] if measure.counts else None
        return interval([metrics[measure.metric] for metrics in chosen], counts)

    def by_question(self, measure: Measure) -> dict[str, float]:
        """Return question id -> value, for comparing two systems question by question; empty for a measure of sums."""
        if measure.counts:
            return {}
        return {result.query.id: result.metrics[measure.metric] for result in self.results if measure.chosen(result)}

    def scores(self) -> dict[str, Any]:
        """Return the numbers in the form of the release judge (``score.py``), rounded as it rounds them."""
        main, turns = self.asked(Round.MAIN), self.asked(Round.TURN)
        sets = {kind: _of_kind(main, kind) for kind in dict.fromkeys(r.query.kind for r in main if r.query.wants_set)}
        facts = _of_kind(main, "fact")
        judged = [r for r in main if "judged" in r.metrics]
        scores: dict[str, Any] = {
            "who": {
                kind: {"n": len(of_kind), **{name: _mean(of_kind, name) for name in ("P", "R", "F1")}}
                for kind, of_kind in sorted(sets.items())
            },
            "who_macro_F1": _mean([result for of_kind in sets.values() for result in of_kind], "F1"),
            "stance_accuracy": _share(judged, "stance", "judged"),
            "evidence_on_gold": _share(judged, "on_gold", "judged"),
            "verbatim": f"{_sum(main, 'verbatim')}/{_sum(main, 'quotes')}",
            "fact": {name: _mean(facts, name) for name in FACT_MEASURES if facts},
            "absent_abstained": _mean(_of_kind(main, "fact-absent"), "abstained"),
        }
        if main:
            scores["elapsed_ms"] = self.latency()
        if turns:
            kinds = dict.fromkeys(result.query.kind for result in turns)
            scores["conversation_F1"] = {kind: _mean(_of_kind(turns, kind), "F1") for kind in kinds}
        return scores

    def latency(self) -> dict[str, float | None]:
        """Return the median and the 95th percentile of the time to answer, in milliseconds, over the main round."""
        times = [result.elapsed_ms for result in self.asked(Round.MAIN)]
        return {"p50": latency(times, 0.5), "p95": latency(times, 0.95)}

    def calibration(self) -> Calibration | None:
        """Return how far scores can be taken as probabilities, over the letters listed for the kinds ``STANCE_KINDS``.

        Letters that an answer does not list have no score and do not count, so nothing is said here of missed ones.
        None where no letter is listed.
        """
        asked = [result for result in self.asked(Round.MAIN) if result.query.kind in STANCE_KINDS]
        return calibration([forecast for result in asked for forecast in result.forecasts])

    def to_json(self) -> dict[str, Any]:
        """Return everything but the answers themselves."""
        estimates = {measure.label: self.estimate(measure) for measure in self.measures()}
        return {
            "dataset": self.dataset,
            "system": self.system,
            "provenance": dict(self.provenance),
            "scores": self.scores(),
            "estimates": {
                label: {name: round(value, 4) for name, value in vars(estimate).items()}
                for label, estimate in estimates.items()
                if estimate
            },
            "calibration": _calibration_json(self.calibration()),
            "questions": [result.to_json() for result in self.results],
        }


# What is measured


def _set_measures(report: Report) -> list[Measure]:
    kinds = sorted({result.query.kind for result in report.asked(Round.MAIN) if result.query.wants_set})
    overall = [Measure("who, all: F1", "F1", _is_set), Measure("who, all: exact sets", "exact", _is_set)]
    if "who" in kinds:  # a BEIR set, whose benchmarks rank
        overall.append(Measure("who: R@2", "R@2", _is_set))
    single = [Measure(f"{kind}: {name}", name, _kind_is(kind)) for kind in kinds for name in ("F1", "P", "R")]
    return [*overall, *single]


def _label_measures() -> list[Measure]:
    return [
        Measure("stance right", "stance", _is_labelled, counts="judged"),
        Measure("evidence on gold", "on_gold", _is_labelled, counts="judged"),
        Measure("quotes verbatim", "verbatim", _is_main, counts="quotes"),
        Measure("quotes at their offsets", "exact_spans", _is_main, counts="quotes"),
    ]


def _fact_measures() -> list[Measure]:
    return [
        Measure("fact, letter not named: letter@1", "letter@1", _kind_is("fact", Round.UNNAMED)),
        Measure("fact, letter not named: evidence@1", "evidence@1", _kind_is("fact", Round.UNNAMED)),
        *(
            Measure(f"fact, letter named: {name}", name, _kind_is("fact"))
            for name in FACT_MEASURES
            if name != "letter@1"
        ),
        Measure("not in the letter: abstained", "abstained", _kind_is("fact-absent")),
    ]


def _turn_measures(report: Report) -> list[Measure]:
    kinds = dict.fromkeys(result.query.kind for result in report.asked(Round.TURN))
    return [Measure(f"conversation, {kind}: F1", "F1", _kind_is(kind, Round.TURN)) for kind in kinds]


def _kind_is(kind: str, round_: Round = Round.MAIN) -> Callable[[QuestionResult], bool]:
    return lambda result: result.round is round_ and result.query.kind == kind


def _is_main(result: QuestionResult) -> bool:
    return result.round is Round.MAIN


def _is_set(result: QuestionResult) -> bool:
    return _is_main(result) and result.query.wants_set


def _is_labelled(result: QuestionResult) -> bool:
    return _is_main(result) and "judged" in result.metrics


# The judge's arithmetic


def _of_kind(results: Iterable[QuestionResult], kind: str) -> list[QuestionResult]:
    return [result for result in results if result.query.kind == kind]


def _mean(results: Sequence[QuestionResult], metric: str) -> float | None:
    value = mean([result.metrics[metric] for result in results])
    return None if value is None else round(value, 4)


def _sum(results: Iterable[QuestionResult], metric: str) -> int:
    return int(sum(result.metrics[metric] for result in results))


def _share(results: Sequence[QuestionResult], metric: str, counts: str) -> float | None:
    among = _sum(results, counts)
    return round(_sum(results, metric) / among, 4) if among else None


# In JSON


def _calibration_json(found: Calibration | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "kinds": list(STANCE_KINDS),
        "n": found.n,
        "ECE": round(found.error, 4),
        "Brier": round(found.brier, 4),
        "bins": [
            {name: round(value, 4) if isinstance(value, float) else value for name, value in vars(each).items()}
            for each in found.bins
        ],
    }
