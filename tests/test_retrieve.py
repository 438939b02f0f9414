"""Retrieval: the right sentence first, exact over all vectors, and a LlamaIndex retriever like any other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import MetadataMode

from assistant import Assistant
from assistant.cohort import Cohort
from assistant.retrieve import DossierRetriever, question_terms
from ingest.embed import LocalEmbedder


@pytest.fixture
def retriever(assistant: Assistant) -> DossierRetriever:
    return assistant.retriever


@pytest.mark.parametrize(
    ("question", "words"),
    [
        pytest.param("How many hives does the bee keeper have?", "14 hives", id="by words"),
        pytest.param("What does the ride cost?", "180 francs", id="by meaning"),
        pytest.param("Who supervises the student of floods?", "Renate Vogt", id="a name"),
        pytest.param("How many operating rooms are scheduled?", "38 operating rooms", id="a number"),
    ],
)
def test_the_sentence_that_answers_comes_first(retriever: DossierRetriever, question: str, words: str) -> None:
    assert words in retriever.scored(question)[0].item.passage.text


def test_every_cosine_is_that_of_a_scan_by_hand(
    retriever: DossierRetriever, cohort: Cohort, embedder: LocalEmbedder
) -> None:
    question = "sailing on rivers and floods"
    windows = cohort.database.passages(cohort.key, "window")
    cosines = embedder.passages([window.passage.text for window in windows]) @ embedder.question(question)
    for scored in retriever.scored(question):
        sentence = scored.item.passage
        around = [
            float(cosine)
            for window, cosine in zip(windows, cosines, strict=True)
            if window.passage.letter == sentence.letter
            and window.passage.start <= sentence.start
            and sentence.end <= window.passage.end
        ]
        assert scored.similarity == pytest.approx(max(around), abs=1e-5)


def test_vectors_have_length_one(embedder: LocalEmbedder) -> None:
    vectors = embedder.passages(["I row.", "Ich heiße Jörg.", ""])
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert np.linalg.norm(embedder.question("who rows?")) == pytest.approx(1, abs=1e-5)


def test_the_best_come_first_and_always_in_the_same_order(retriever: DossierRetriever) -> None:
    found = retriever.scored("diffusion models for images")
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert [one.item.pk for one in found] == [one.item.pk for one in retriever.scored("diffusion models for images")]
    assert len({one.item.pk for one in found}) == len(found)


def test_narrowed_to_a_letter_no_other_is_searched(retriever: DossierRetriever) -> None:
    found = retriever.within("Dürr").scored("diffusion models")
    assert {scored.item.passage.letter for scored in found} == {"Dürr"}
    assert {scored.item.passage.letter for scored in retriever.scored("diffusion models")} != {"Dürr"}


def test_it_is_a_llama_index_retriever(retriever: DossierRetriever, letters: Mapping[str, str]) -> None:
    assert isinstance(retriever, BaseRetriever)
    nodes = retriever.retrieve("Where are the beehives?")
    assert 0 < len(nodes) <= 10
    assert nodes[0].metadata["letter"] == "Dürr"
    for found in nodes:
        start, end = found.metadata["start"], found.metadata["end"]
        assert letters[found.metadata["letter"]][start:end] == found.node.get_content()
        assert (found.node.start_char_idx, found.node.end_char_idx) == (start, end)  # type: ignore[attr-defined]
    assert [found.score for found in nodes] == sorted((found.score or 0 for found in nodes), reverse=True)


def test_a_model_reads_the_words_and_never_who_wrote_them(retriever: DossierRetriever, cohort: Cohort) -> None:
    for found in retriever.retrieve("Where are the beehives?"):
        for mode in (MetadataMode.EMBED, MetadataMode.LLM):
            assert found.node.get_content(mode) == found.node.get_content(MetadataMode.NONE)
        assert found.node.metadata["letter"] not in found.node.get_content(MetadataMode.LLM)


def test_it_works_in_anyones_query_engine(retriever: DossierRetriever) -> None:
    engine = RetrieverQueryEngine.from_args(retriever, llm=MockLLM())
    response = engine.query("Where are the beehives?")
    assert "14 hives on the roof" in str(response)  # the mock says what it was given
    assert "Dürr.txt" not in str(response)
    assert response.source_nodes[0].metadata["letter"] == "Dürr"


def test_a_quote_is_verbatim_and_holds_the_sentence(retriever: DossierRetriever, letters: Mapping[str, str]) -> None:
    for question in ("What does the train cost?", "Who is the supervisor?", "diffusion models", "bees"):
        found = retriever.scored(question)
        for best in found[:5]:
            quote = retriever.quote(best, found)
            assert letters[quote.letter][quote.start : quote.end] == quote.quote
            assert best.item.passage.text in quote.quote


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("How many hives does the applicant have?", ["hive"]),
        ("What is the name of the boat, boats?", ["boat"]),
        ("who?", []),
        ("", []),
    ],
)
def test_only_words_that_carry_meaning_are_sought(question: str, terms: list[str]) -> None:
    assert question_terms(question) == terms


@pytest.mark.parametrize("question", ["the of and", "?", "🤖", '"NEAR(" * -', "的"])
def test_any_question_can_be_searched(retriever: DossierRetriever, question: str) -> None:
    assert retriever.scored(question) is not None
