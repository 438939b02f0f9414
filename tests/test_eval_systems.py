"""The systems that can be compared: what holds of every one, and that the baseline is the ordinary one."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from eval.dataset import LabelledSet, Query
from eval.scores import Scorer
from eval.systems import SYSTEMS
from eval.systems.base import Conversing
from eval.systems.stock import StockSystem

LETTERS = {
    "Anna K": "Dear committee,\n\nI work on diffusion models for medical images. My thesis is on score matching.",
    "Bo": "To whom it may concern,\n\nI keep bees on the roof of our school and sell honey to forty neighbours.",
    "Cem": "Hello,\n\nI am a sailor. I repaired the engine of a ferry that crosses to the island every hour.",
    "Dana": "Dear all,\n\nI teach mathematics to children in a village and I bake bread at four in the morning.",
}
TINY = LabelledSet("tiny", LETTERS, ())
WHO = Query("q1", "who-does", "who works on diffusion models?", frozenset({"Anna K"}))
HONEY = Query("q2", "fact", "How many buy honey?", letter="Bo", answer="forty", quote="forty neighbours")
BAKES = Query("q3", "fact", "When is the bread baked?", letter="Anna K", answer="four", quote="diffusion")


@pytest.fixture(scope="module")
def stock() -> StockSystem:
    system = StockSystem("stock-k2", top_k=2)
    system.prepare(TINY, Path("unused"))
    return system


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_answers_with_ids_of_the_set_and_true_quotes(name: str, tmp_path: Path) -> None:
    system = SYSTEMS[name]()
    assert system.name == name
    assert all(system.settings.values())
    steps: list[tuple[int, int]] = []
    system.prepare(TINY, tmp_path, lambda _, done, total: steps.append((done, total)))
    assert steps[-1][0] == steps[-1][1]
    who, fact = system.answer(WHO, named=False), system.answer(HONEY, named=True)
    assert "Anna K" in [candidate.letter for candidate in who.candidates]
    assert {evidence.letter for evidence in fact.evidence} <= {"Bo"}
    for query, answer in ((WHO, who), (HONEY, fact)):
        assert answer.final
        counts = Scorer(TINY).score(query, answer).metrics
        assert counts["quotes"] == counts["verbatim"] == counts["exact_spans"] > 0


@pytest.mark.slow
def test_dossier_converses_and_is_prepared_again_from_what_is_there(tmp_path: Path) -> None:
    SYSTEMS["dossier"]().prepare(TINY, tmp_path)
    steps: list[str] = []
    again = SYSTEMS["dossier"]()
    again.prepare(TINY, tmp_path, lambda label, done, total: steps.append(label))
    assert steps == [] or "embedding" not in steps[-1]
    assert isinstance(again, Conversing)
    first, second = again.converse([WHO, Query("q9", "turn2", "which of them keeps bees?")])
    assert [candidate.letter for candidate in first.candidates] == ["Anna K"]
    assert second.candidates == ()


def test_stock_returns_the_letters_of_the_nearest_chunks(stock: StockSystem) -> None:
    answer = stock.answer(WHO, named=False)
    assert answer.candidates[0].letter == "Anna K"
    assert len(answer.candidates) == 2  # always two: it cannot say that one is enough
    [evidence] = answer.candidates[0].evidence
    assert evidence.quote == LETTERS["Anna K"][evidence.start : evidence.end]
    assert answer.candidates[0].score > answer.candidates[1].score


def test_stock_finds_a_fact_and_quotes_its_chunk(stock: StockSystem) -> None:
    answer = stock.answer(HONEY, named=False)
    assert answer.evidence[0].letter == "Bo"
    assert "forty neighbours" in answer.markdown
    assert answer.candidates == ()


def test_stock_keeps_to_the_letter_that_is_named(stock: StockSystem) -> None:
    assert stock.answer(BAKES, named=False).evidence[0].letter == "Dana"
    answer = stock.answer(BAKES, named=True)
    assert [evidence.letter for evidence in answer.evidence] == ["Anna K"]
    assert not answer.abstained  # it never does


def test_stock_is_prepared_anew_each_time(stock: StockSystem) -> None:
    other = StockSystem("stock", top_k=5)
    other.prepare(LabelledSet("other", {"Eve": "I work on diffusion models."}, ()), Path("unused"))
    assert [candidate.letter for candidate in other.answer(WHO, named=False).candidates] == ["Eve"]
    assert len(stock.answer(WHO, named=False).candidates) == 2


def test_stock_asks_nothing_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[object] = []

    def refuse(self: socket.socket, address: object) -> None:
        reached.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    system = StockSystem("stock", top_k=5)
    system.prepare(TINY, Path("unused"))
    assert system.answer(WHO, named=False).candidates[0].letter == "Anna K"
    assert reached == []
