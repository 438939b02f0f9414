"""Answers put into words: Dossier's own plain words around verbatim quotes, and one form of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from assistant import Answer, Candidate, Coverage, Evidence, Kind, Role, Statement

Ask = Callable[..., Answer]
QUESTIONS = [
    "who works on diffusion models?",
    "who does not need a visa?",
    "how many ask for a travel grant?",
    "who works on basket weaving?",
    "What does the train cost?",
    "How many hives does Dürr have?",
    "What is the capital of Mongolia?",
    "summarise Kowalska",
    "compare Kowalska and Neri",
    "Tell me about rivers and floods.",
    "who should we accept?",
]
KEYS = [
    *("question", "kind", "answer", "abstained", "candidates", "evidence", "unsure", "coverage", "understood"),
    *("writer", "cohort", "elapsed_ms", "warnings"),
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_keeps_the_contract(ask: Ask, letters: Mapping[str, str], question: str) -> None:
    answer = ask(question)
    shown = answer.to_json()
    assert answer.final
    assert list(shown) == KEYS
    assert shown["coverage"].keys() == {"letters", "read", "matched", "unsure", "set_aside"}
    assert (shown["question"], shown["writer"], shown["cohort"]) == (question, "extractive", "default")
    assert shown["coverage"]["letters"] == 6
    assert shown["coverage"]["matched"] == len(shown["candidates"])
    assert shown["coverage"]["unsure"] == len(shown["unsure"])
    for candidate in (*shown["candidates"], *shown["unsure"]):
        assert list(candidate) == ["letter", "stance", "score", "evidence"]
        for quote in candidate["evidence"]:
            assert letters[candidate["letter"]][quote["start"] : quote["end"]] == quote["quote"] != ""
    for quote in shown["evidence"]:
        assert list(quote) == ["letter", "quote", "start", "end"]
        assert letters[quote["letter"]][quote["start"] : quote["end"]] == quote["quote"] != ""


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_statement_rests_on_verbatim_quotes(ask: Ask, letters: Mapping[str, str], question: str) -> None:
    for statement in ask(question).statements:
        for evidence in statement.evidence:
            assert letters[evidence.letter][evidence.start : evidence.end] == evidence.quote
        if statement.answer:
            assert statement.answer in statement.evidence[0].quote


@pytest.mark.parametrize("question", QUESTIONS)
def test_dossiers_own_words_hold_no_sentence_of_a_letter(ask: Ask, letters: Mapping[str, str], question: str) -> None:
    own = " ".join(statement.text for statement in ask(question).statements)
    for text in letters.values():
        for line in text.splitlines():
            assert len(line.split()) < 4 or line not in own


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_same_question_has_the_same_answer(ask: Ask, question: str) -> None:
    assert ask(question).markdown == ask(question).markdown


def test_candidates_are_for_sets_only(ask: Ask) -> None:
    for question in QUESTIONS:
        answer = ask(question)
        assert answer.kind in (Kind.WHO, Kind.COUNT) or not (answer.candidates or answer.unsure)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What is the capital of Mongolia?", "The letters do not say."),
        ("What is the name of the dog of Osei?", "The letter Osei does not say."),
        ("who works on basket weaving?", "No letter gives evidence that its writer does or did: basket weaving."),
    ],
)
def test_what_the_letters_do_not_say_is_said_so(ask: Ask, question: str, sentence: str) -> None:
    answer = ask(question)
    assert answer.abstained
    assert answer.statements[0].text == sentence
    assert (answer.candidates, answer.evidence) == ((), ())


@pytest.mark.parametrize("question", ["who is best?", "who should we accept?", "rank the applicants"])
def test_people_are_not_ranked(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert answer.abstained
    assert answer.candidates == ()


def test_without_is_explained(ask: Ask) -> None:
    notes = [s.text for s in ask("who does not need a visa?").statements if s.role is Role.NOTE]
    assert any("gives no evidence" in note for note in notes)


def test_a_set_is_told_as_a_list_with_its_size_first(ask: Ask) -> None:
    statements = ask("who asks for a travel grant?").statements
    assert statements[0].text == "2 letters match."
    items = [statement for statement in statements if statement.role is Role.ITEM]
    assert {item.letter for item in items} == {"Chen", "Osei"}
    assert all(item.evidence for item in items)


def test_a_comparison_speaks_of_each_letter_in_turn(ask: Ask) -> None:
    answer = ask("compare Kowalska and Neri")
    leads = [statement.letter or statement.text for statement in answer.statements if statement.role is Role.LEAD]
    assert len(leads) == 2
    assert {evidence.letter for evidence in answer.evidence} == {"Kowalska", "Neri"}
    assert answer.coverage.read == 2


def test_markdown_cites_every_quote_with_its_letter() -> None:
    quote = Evidence("ann", "I row\n  boats.", 0, 14)
    answer = Answer(
        "who rows?",
        Kind.WHO,
        "default",
        "extractive",
        statements=(Statement(Role.LEAD, "One letter matches."), Statement(Role.ITEM, "works on it", (quote,), "ann")),
        candidates=(Candidate("ann", "does", 0.9, (quote,)),),
        coverage=Coverage(60, 60, 1, 0, 2),
    )
    assert answer.markdown.splitlines() == [
        "One letter matches.",
        "",
        "- **ann** works on it: “I row boats.” [ann]",
        "",
        "60 of 60 letters read · 1 match · 0 unsure · 2 set aside",
    ]
