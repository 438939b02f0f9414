"""What is believed of a letter before and after a judge has answered: Bayes' rule with a judge that may be wrong."""

from __future__ import annotations

from collections.abc import Mapping

# How often a small local model is taken to answer rightly. Rather too low than too high: of many letters that do not
# match, the few on which it is wrong would else outnumber those that do.
RELIABILITY = 0.9


def posterior(
    chances: Mapping[str, float], answer: str, answers: int, reliability: float = RELIABILITY
) -> dict[str, float]:
    """Return how likely each truth is once a judge has answered.

    The judge names the truth with chance ``r`` and each of the other ``n - 1`` answers it could give with chance
    ``(1 - r) / (n - 1)``. So ``P(truth | answer)`` is proportional to ``P(truth) * r`` for the truth it named, and to
    ``P(truth) * (1 - r) / (n - 1)`` for every other. An answer that names no truth ("unclear") changes nothing.

    :param chances: how likely each truth is before; the sum is 1.
    :param answers: how many different answers the judge could give.
    """
    if answer not in chances:
        return dict(chances)
    wrong = (1 - reliability) / (answers - 1)
    weights = {truth: chance * (reliability if truth == answer else wrong) for truth, chance in chances.items()}
    total = sum(weights.values())
    return {truth: weight / total for truth, weight in weights.items()} if total else dict(chances)


def doubted(chances: Mapping[str, float], doubt: float) -> dict[str, float]:
    """Return chances mixed with ignorance: with chance ``doubt`` nothing is known and every truth is as likely."""
    return {truth: (1 - doubt) * chance + doubt / len(chances) for truth, chance in chances.items()}
