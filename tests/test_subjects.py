"""The thesaurus: subjects by all their names, found in sentences as people write them."""

from __future__ import annotations

import pytest

from assistant.domain import shipped
from assistant.subjects import Phrase, unknown


def mentions(subject: str, sentence: str) -> list[tuple[str, bool]]:
    found = shipped().subjects.named(subject)
    assert found is not None
    return [(sentence[mention.start : mention.end], mention.strong) for mention in found.mentions(sentence)]


@pytest.mark.parametrize(
    "alias", ["diffusion models", "Diffusion Model", "denoising diffusion", "DDPM", "score-based generative models"]
)
def test_a_subject_is_known_by_all_its_names(alias: str) -> None:
    subject = shipped().subjects.named(alias)
    assert subject is not None
    assert subject.name == "diffusion models"


@pytest.mark.parametrize("text", ["basket weaving", "", "the", "gardening of moss"])
def test_other_words_name_no_subject(text: str) -> None:
    assert shipped().subjects.named(text) is None


def test_a_method_implies_its_subject() -> None:
    implied = shipped().subjects.implied("flow matching")
    assert implied is not None
    assert implied.name == "diffusion models"


@pytest.mark.parametrize(
    ("subject", "sentence", "words"),
    [
        ("diffusion models", "I train diffusion models.", "diffusion models"),
        ("diffusion models", "I train a Diffusion-Model.", "Diffusion-Model"),
        ("diffusion models", "We used flow matching.", "flow matching"),
        ("machine learning", "I train diffusion models.", "diffusion models"),
        ("deep learning", "My network is a ResNet.", "ResNet"),
    ],
)
def test_a_mention_is_found_where_it_stands(subject: str, sentence: str, words: str) -> None:
    assert (words, True) in mentions(subject, sentence)


def test_strong_mentions_come_before_signs() -> None:
    found = mentions("diffusion models", "A sampler that starts from pure noise, as diffusion models do.")
    assert found[0] == ("diffusion models", True)
    assert [strong for _, strong in found] == sorted((strong for _, strong in found), reverse=True)


def test_an_acronym_needs_its_capitals() -> None:
    acronym, word = unknown("RAG"), unknown("rag")
    assert acronym.mentions("I built a RAG system.")
    assert acronym.mentions("I cleaned it with a rag.") == []
    assert word.mentions("I cleaned it with a rag.")


def test_a_phrase_that_means_something_else_is_no_mention() -> None:
    assert mentions("deep learning", "I repaired the power transformer of our village.") == []


def test_a_subject_that_is_not_known_is_its_own_words() -> None:
    subject = unknown("basket weaving")
    sentence = "I teach Basket-Weaving at home."
    assert [sentence[m.start : m.end] for m in subject.mentions(sentence)] == ["Basket-Weaving"]
    assert subject.mentions("I weave, and I have a basket.") == []


def test_every_subject_goes_by_its_name_and_is_found_by_it() -> None:
    for name in shipped().subjects.subject_names:
        subject = shipped().subjects.named(name)
        assert subject is not None, name
        assert subject.name == name
        assert name in [words for words, _ in mentions(name, f"For years I have worked on {name}, every day.")], name


def test_no_phrase_is_empty() -> None:
    for name in shipped().subjects.subject_names:
        for phrase in shipped().subjects.subject(name).phrases:
            assert phrase.roots
            assert phrase.folded


def test_a_phrase_knows_its_folded_words() -> None:
    phrase = Phrase.of("Graph Neural Networks")
    assert phrase.folded == "graph neural network"
    assert len(phrase.roots) == 3
    assert not phrase.acronym
    assert Phrase.of("GANs").acronym
