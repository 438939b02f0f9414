"""How questions are understood: what kind they are, whom they name, which set they stand for, said back in words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import Kind
from assistant.parse import parse
from assistant.question import About, Column, Every, Not, Question, Some, Surroundings, Wanted, describe
from ingest.errors import BadQuestion

NAMES = {"Omar Said": ["d002"], "Bruno Neri": ["d017"], "Ann Smith": ["d001", "d002"]}
AROUND = Surroundings(
    letter_ids=("d001", "d002", "d017", "Kowalska", "anna.maria"),
    name_finder=lambda name: NAMES.get(name, []),
    columns={"country": ["Poland", "Italy"], "level": ["1", "2"]},
    last=About("diffusion models", Wanted.DOES),
)
WORDS = (
    *(
        "who",
        "which",
        "how",
        "many",
        "of",
        "them",
        "works",
        "on",
        "diffusion",
        "models",
        "robotics",
        "the",
        "it",
        "PhD",
    ),
    *("but", "not", "without", "and", "or", "visa", ",", "(", ")", "?", "d017", "candidate", "17", "summarise", "vs"),
    *("compare", "Poland", "country", ":", "likes", '"', "'", "*", "-", "C++", "的", "🤖"),
)
VISA = "needs a visa or an invitation letter for it"


def understood(text: str) -> Question:
    return parse(text, AROUND)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # one subject, in many words
        ("Who works on diffusion models?", "does or did: diffusion models"),
        ("who has worked on time series", "does or did: time series"),
        ("Which applicants work on robotics?", "does or did: robotics"),
        ("List everyone who works on computer vision", "does or did: computer vision"),
        ("Show me candidates with experience in robotics", "does or did: robotics"),
        ("Find people who do research on quantum computing", "does or did: quantum computing"),
        ("Is there anyone working on protein folding?", "does or did: protein folding"),
        ("Does anyone work on federated learning?", "does or did: federated learning"),
        ("who uses PyTorch?", "does or did: PyTorch"),
        # other stances
        ("who wants to learn about diffusion models?", "wants to learn: diffusion models"),
        ("Who would like to learn robotics?", "wants to learn: robotics"),
        ("who is interested in time series?", "wants to learn: time series"),
        ("who knows little about statistics?", "knows little of: statistics"),
        ("who is new to deep learning?", "knows little of: deep learning"),
        ("who took a course on robotics?", "took a course on: robotics"),
        ("who mentions chess?", "mentions: chess"),
        ("which letters mention bees?", "mentions: bees"),
        # facets and columns
        ("who needs a visa?", VISA),
        ("who asks for a travel grant?", "asks for a travel grant or fee waiver"),
        ("who speaks French?", "speaks French"),
        ("who is a bachelor student?", "is a bachelor student"),
        ("who comes from Poland?", "has Poland under country"),
        ("applicants from Italy", "has Italy under country"),
        # and, or, not
        ("who works on diffusion models and needs a visa?", f"does or did: diffusion models; and {VISA}"),
        ("which PhD students need a visa?", f"is a PhD student; and {VISA}"),
        ("who is from Italy and works on robotics?", "has Italy under country; and does or did: robotics"),
        ("who works on diffusion models or robotics?", "does or did: diffusion models; or does or did: robotics"),
        (
            "who works on diffusion models, time series or robotics?",
            "does or did: diffusion models; or does or did: time series; or does or did: robotics",
        ),
        (
            "who works on diffusion models but not robotics?",
            "does or did: diffusion models; and gives no evidence of this: does or did: robotics",
        ),
        (
            "who works on diffusion models but does not need a visa?",
            f"does or did: diffusion models; and gives no evidence of this: {VISA}",
        ),
        (
            "who works on robotics without a publication?",
            "does or did: robotics; and gives no evidence of this: has published",
        ),
        ("who does not work on machine learning?", "gives no evidence of this: does or did: machine learning"),
        ("who has not published?", "gives no evidence of this: has published"),
        # what was asked before
        ("which of them have published?", "has published, of the letters of the last answer"),
        ("do any of them need a visa?", f"{VISA}, of the letters of the last answer"),
        ("and who wants to learn it?", "wants to learn: diffusion models"),
    ],
)
def test_who_questions(text: str, expected: str) -> None:
    question = understood(text)
    assert question.kind is Kind.WHO
    assert describe(question) == f"letters whose writer {expected}"
    assert question.within_last == ("of them" in text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How many applicants work on diffusion models?", "does or did: diffusion models"),
        ("How many need a visa?", VISA),
        ("how many of them need a visa?", f"{VISA}, of the letters of the last answer"),
    ],
)
def test_count_questions(text: str, expected: str) -> None:
    question = understood(text)
    assert question.kind is Kind.COUNT
    assert describe(question) == f"letters whose writer {expected}"


@pytest.mark.parametrize(
    ("text", "kind", "letters"),
    [
        pytest.param("summarise d017", Kind.SUMMARY, ["d017"], id="by id"),
        pytest.param("Summarize D017.", Kind.SUMMARY, ["d017"], id="by id in capitals"),
        pytest.param("Summarize candidate 17", Kind.SUMMARY, ["d017"], id="by number"),
        pytest.param("tell me about Kowalska", Kind.SUMMARY, ["Kowalska"], id="by an id that is a name"),
        pytest.param("summarise anna.maria", Kind.SUMMARY, ["anna.maria"], id="by an id with a dot"),
        pytest.param("give me a summary of Bruno Neri", Kind.SUMMARY, ["d017"], id="by the writer's name"),
        pytest.param("compare d001 and d017", Kind.COMPARE, ["d001", "d017"], id="two ids"),
        pytest.param("Compare candidate 17 and candidate 1", Kind.COMPARE, ["d017", "d001"], id="two numbers"),
        pytest.param("What does d002 say about money?", Kind.FACT, ["d002"], id="fact by id"),
        pytest.param("Where does Omar Said live?", Kind.FACT, ["d002"], id="fact by name"),
        pytest.param("what did Omar Said's brother build?", Kind.FACT, ["d002"], id="fact by name's"),
        pytest.param("How long has applicant 17 rowed?", Kind.FACT, ["d017"], id="fact by number"),
        pytest.param("who did Omar Said thank?", Kind.FACT, ["d002"], id="whom a name did something to"),
        pytest.param("what does Ann Smith study?", Kind.FACT, [], id="a name that two letters hold names none"),
        pytest.param("what does d0017 study?", Kind.FACT, [], id="another number names none"),
        pytest.param("What is the capital of France?", Kind.FACT, [], id="fact about nobody"),
        pytest.param("Tell me something interesting.", Kind.OPEN, [], id="open"),
    ],
)
def test_questions_about_letters_and_open_ones(text: str, kind: Kind, letters: list[str]) -> None:
    question = understood(text)
    assert (question.kind, list(question.letters), question.criterion) == (kind, letters, None)


@pytest.mark.parametrize(
    "text", ["who has met Omar Said?", "which applicants met Omar Said?", "how many applicants met Omar Said?"]
)
def test_a_name_in_a_question_about_a_set_names_no_letter(text: str) -> None:
    question = understood(text)
    assert question.letters == ()
    assert isinstance(question.criterion, About)
    assert "Omar Said" in question.criterion.subject


def test_a_named_letter_is_named_in_what_was_understood() -> None:
    assert describe(understood("summarise d017")) == "a summary of d017"
    assert describe(understood("compare d001 and d017")) == "a comparison of d001, d017"
    assert describe(understood("Where does Omar Said live?")) == "what d002 says about this"


def test_the_name_of_a_letter_is_no_word_of_what_is_asked() -> None:
    assert understood("Where does Omar Said live?").asked == "Where does the applicant live?"


def test_parts_are_parts() -> None:
    diffusion, robotics = About("diffusion models", Wanted.DOES), About("robotics", Wanted.DOES)
    assert understood("who works on diffusion models or robotics?").criterion == Some((diffusion, robotics))
    assert understood("who works on diffusion models but not robotics?").criterion == Every((diffusion, Not(robotics)))
    assert understood("who is from Poland?").criterion == Column("country", "Poland")


def test_it_is_nothing_where_nothing_was_asked_before() -> None:
    criterion = parse("who wants to learn it?", Surroundings()).criterion
    assert criterion != About("diffusion models", Wanted.WANTS)


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(
            st.sampled_from(WORDS),
            max_size=8,
        ).map(" ".join),
    )
)
def test_any_text_is_understood_somehow_or_refused_politely(text: str) -> None:
    try:
        question = understood(text)
    except BadQuestion:
        assert not any(c.isalnum() for c in text)
        return
    assert describe(question)
    assert (question.criterion is not None) == (question.kind in (Kind.WHO, Kind.COUNT))


@pytest.mark.parametrize("text", ["", " \n\t", "?!", "…"])
def test_nothing_is_no_question(text: str) -> None:
    with pytest.raises(BadQuestion, match="empty"):
        understood(text)


@pytest.mark.parametrize("text", ["who " * 2_500, "x" * 10_000, "who works on " + "a, " * 5_000])
def test_a_book_is_no_question(text: str) -> None:
    with pytest.raises(BadQuestion, match=r"\d,\d{3} characters; ask in at most 2,000"):
        understood(text)
