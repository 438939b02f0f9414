"""What an answer is worth: pure functions over an answer and its labels, each with its definition and its source.

The set and evidence measures are those by which a release is judged. A question on which nothing was returned counts
like any other.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from assistant.answer import Candidate, Evidence
from assistant.support import Supports

RESAMPLES = 2000  # Efron & Tibshirani (1993), ch. 13: at least 1000 for percentile intervals
SEED = 20260101
BINS = 10  # of a reliability diagram


class SetScore(NamedTuple):
    """How well a returned set equals the right one; each number in [0, 1]."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Estimate:
    """A mean over ``n`` questions with the ends of its 95 % interval; the mean is not rounded."""

    mean: float
    low: float
    high: float
    n: int


class Cited(NamedTuple):
    """A sentence of prose with the quotes it cites."""

    text: str
    quotes: tuple[Evidence, ...]


class Forecast(NamedTuple):
    """A letter that an answer lists: the probability in [0, 1] that it is relevant, as told, and whether it is."""

    score: float
    relevant: bool


@dataclass(frozen=True)
class Bin:
    """The ``n`` forecasts with scores from ``low`` up to ``high``; the last bin holds 1 as well.

    ``mean_score`` and ``share_relevant`` would be equal if scores were probabilities; None where the bin is empty.
    """

    low: float
    high: float
    n: int
    mean_score: float | None
    share_relevant: float | None


@dataclass(frozen=True)
class Calibration:
    """How far ``n`` scores can be taken as probabilities: 0 is best for both numbers, 1 worst."""

    n: int
    error: float
    brier: float
    bins: tuple[Bin, ...]


def normalise(text: str) -> str:
    """Return ``text`` as quotes are compared: Unicode NFC, every run of white space one blank, none at the ends."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


# Sets of letters


def set_score(returned: Iterable[str], relevant: Collection[str], neutral: Collection[str] = ()) -> SetScore:
    """Precision, recall and F1 of a returned set, letters in ``neutral`` ignored.

    F1 is the harmonic mean of precision and recall (van Rijsbergen, Information Retrieval, 1979, ch. 7). Where no
    letter is relevant, an empty answer scores 1 and any other 0; where some are, an empty answer scores 0.
    """
    found, right = set(returned) - set(neutral), set(relevant)
    if not right:
        return SetScore(0.0, 1.0, 0.0) if found else SetScore(1.0, 1.0, 1.0)
    hits = len(found & right)
    if not hits:
        return SetScore(0.0, 0.0, 0.0)
    precision, recall = hits / len(found), hits / len(right)
    return SetScore(precision, recall, 2 * precision * recall / (precision + recall))


def is_exact_set(returned: Iterable[str], relevant: Collection[str], neutral: Collection[str] = ()) -> bool:
    """Whether the returned set is the right one, neither a letter more nor less, letters in ``neutral`` ignored."""
    return set(returned) - set(neutral) == set(relevant)


def recall_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Share of the relevant letters that are among the first ``k``; 1 where nothing is relevant.

    Recall@k as BEIR (arXiv 2104.08663) and LIMIT (arXiv 2508.21038) use it.
    """
    right = set(relevant)
    return len(right & set(ranked[:k])) / len(right) if right else 1.0


# Evidence


def is_verbatim(quote: str, letter: str) -> bool:
    """Whether a quote stands in its letter word for word. ``letter`` is normalised text; white space may differ."""
    return normalise(quote) in letter


def is_exact_span(evidence: Evidence, text: str) -> bool:
    """Whether ``text[start:end]`` of the stored text is the quote, to the character."""
    return text[evidence.start : evidence.end] == evidence.quote


def overlaps(quote: str, gold: str, letter: str) -> bool:
    """Whether a quote and a gold quote share a character of their letter, each taken where it first stands.

    ``letter`` is normalised text.
    """
    quote, gold = normalise(quote), normalise(gold)
    start, gold_start = letter.find(quote), letter.find(gold)
    return start >= 0 and gold_start >= 0 and start < gold_start + len(gold) and gold_start < start + len(quote)


def evidence_on_gold(candidate: Candidate, gold_quotes: Sequence[str], letter: str) -> bool:
    """Whether at least one quote of a returned letter overlaps one of its gold quotes."""
    return any(overlaps(evidence.quote, gold, letter) for evidence in candidate.evidence for gold in gold_quotes)


def fact_hits(evidence: Sequence[Evidence], letter_id: str, gold_quote: str, letter: str) -> list[bool]:
    """Return for each piece of evidence, in order, whether it is of the right letter and overlaps the gold quote.

    Evidence@k is 1 if any of the first ``k`` is.
    """
    return [piece.letter == letter_id and overlaps(piece.quote, gold_quote, letter) for piece in evidence]


def is_letter_first(evidence: Sequence[Evidence], letter_id: str) -> bool:
    """Whether the first piece of evidence is of the right letter (letter@1); no evidence is a miss."""
    return bool(evidence) and evidence[0].letter == letter_id


def answer_words(expected: str, said: str) -> float:
    """Share of the words of the right answer that the given one has, case ignored, doubled words counted twice.

    Token recall, as in the F1 of SQuAD (arXiv 1606.05250) without its precision half: an answer may well say more.
    """
    words = re.findall(r"\w+", expected.lower())
    found = set(re.findall(r"\w+", said.lower()))
    return sum(word in found for word in words) / len(words) if words else 0.0


# Citations


def citation_recall(said: Sequence[Cited], supports: Supports) -> float | None:
    """Share of the sentences that the quotes they cite, all together, support; one that cites nothing is a miss.

    Citation recall of ALCE (Gao et al., "Enabling Large Language Models to Generate Text with Citations", EMNLP 2023,
    arXiv 2305.14627, section 3.3). ALCE asks an NLI model (TRUE); ``supports`` is whatever stands in for it, and the
    number is only as good as that. None where nothing was said.
    """
    return mean([_is_borne_out(sentence, supports) for sentence in said])


def citation_precision(said: Sequence[Cited], supports: Supports) -> float | None:
    """Share of the citations that are needed, over all sentences; None where nothing is cited.

    Citation precision of ALCE (as above): a citation counts if its sentence is supported by all its quotes together,
    unless it is irrelevant, which it is if it does not support the sentence by itself while the others do without it.
    """
    judged = [
        _is_borne_out(sentence, supports) and not _is_irrelevant(place, sentence, supports)
        for sentence in said
        for place in range(len(sentence.quotes))
    ]
    return mean(judged)


def _is_borne_out(sentence: Cited, supports: Supports) -> bool:
    return bool(sentence.quotes) and supports(sentence.text, sentence.quotes)


def _is_irrelevant(place: int, sentence: Cited, supports: Supports) -> bool:
    own, others = sentence.quotes[place : place + 1], sentence.quotes[:place] + sentence.quotes[place + 1 :]
    return not supports(sentence.text, own) and bool(others) and supports(sentence.text, others)


# Scores as probabilities


def calibration(forecasts: Sequence[Forecast]) -> Calibration | None:
    """Return both measures and the bins they are seen in, or None where nothing was forecast."""
    if not forecasts:
        return None
    bins = tuple(
        Bin(
            number / BINS,
            (number + 1) / BINS,
            len(held),
            mean([f.score for f in held]),
            mean([f.relevant for f in held]),
        )
        for number, held in enumerate(binned(forecasts))
    )
    return Calibration(len(forecasts), calibration_error(forecasts), brier_score(forecasts), bins)


def binned(forecasts: Iterable[Forecast]) -> list[list[Forecast]]:
    """Return the forecasts in ten bins of equal width, lowest first; one on an edge is in the bin above it.

    The bins of a reliability diagram (Murphy & Winkler, Applied Statistics 26, 1977; DeGroot & Fienberg, The
    Statistician 32, 1983).
    """
    bins: list[list[Forecast]] = [[] for _ in range(BINS)]
    for forecast in forecasts:
        bins[min(int(forecast.score * BINS), BINS - 1)].append(forecast)  # 1 has no bin above it
    return bins


def calibration_error(forecasts: Sequence[Forecast]) -> float:
    """Expected calibration error: over the bins, |share relevant - mean score|, each weighed by its share of forecasts.

    Naeini, Cooper & Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015. A bin's
    part is computed as |relevant - sum of scores| / all forecasts, which is the same. Few forecasts can
    make it too large, most of all where scores are good (Roelofs et al., arXiv 2012.08668): read it beside ``n``.
    """
    gaps = (abs(sum(f.relevant for f in held) - sum(f.score for f in held)) for held in binned(forecasts))
    return sum(gaps) / len(forecasts)


def brier_score(forecasts: Sequence[Forecast]) -> float:
    """Mean of (score - relevant)², relevant being 1 or 0: calibration and sharpness in one number.

    Brier, "Verification of Forecasts Expressed in Terms of Probability", Monthly Weather Review 78 (1950), for an
    event that happens or not. Brier sums over both outcomes, which gives twice this; the half is what is used today.
    """
    return sum((f.score - f.relevant) ** 2 for f in forecasts) / len(forecasts)


# Over many questions


def mean(values: Sequence[float]) -> float | None:
    """Return the arithmetic mean, or None of nothing."""
    return sum(values) / len(values) if values else None


def interval(hits: Sequence[float], counts: Sequence[float] | None = None) -> Estimate | None:
    """Return the mean over questions with its 95 % interval, or None where there is nothing to average.

    The interval is the percentile bootstrap (Efron 1979; Efron & Tibshirani 1993, ch. 13). With ``counts`` the estimate
    is ``sum(hits) / sum(counts)``, for measures with several judgements to a question: whole questions are drawn,
    because judgements of one question are not independent. The seed is fixed: the same scores give the same interval.
    """
    tops = np.asarray(hits, dtype=np.float64)
    bottoms = np.ones_like(tops) if counts is None else np.asarray(counts, dtype=np.float64)
    if not bottoms.sum():
        return None
    drawn = np.random.default_rng(SEED).integers(0, len(tops), size=(RESAMPLES, len(tops)))
    drawn_bottoms = bottoms[drawn].sum(axis=1)
    usable = drawn_bottoms > 0  # a draw may hold only questions without a judgement
    low, high = np.percentile(tops[drawn].sum(axis=1)[usable] / drawn_bottoms[usable], [2.5, 97.5])
    return Estimate(sum(hits) / (len(hits) if counts is None else sum(counts)), float(low), float(high), len(tops))


def paired_difference(first: Mapping[str, float], second: Mapping[str, float]) -> Estimate | None:
    """Return mean and interval of ``first - second`` over the questions that both have.

    The same questions are drawn for both, which takes out how hard the questions are (Efron & Tibshirani 1993, ch. 8).
    An interval that leaves out 0 is a difference that the choice of questions does not explain.
    """
    return interval([first[question] - second[question] for question in first if question in second])


def latency(elapsed_ms: Sequence[float], share: float) -> float | None:
    """Return the time within which ``share`` of the answers came: the sorted times' value at ``floor(n * share)``."""
    return sorted(elapsed_ms)[math.floor(len(elapsed_ms) * share)] if elapsed_ms else None
