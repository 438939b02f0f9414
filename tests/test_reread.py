"""Questions read again with a model's help: proposals are understood by the rules, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import pytest

from assistant import Conversation, Kind
from assistant.ollama import choose_model
from assistant.parse import parse
from assistant.question import About, Every, Not, Question, Some, Surroundings, Wanted, describe
from assistant.reread import Reread, reread
from tests.ollama_behaviours import saying
from tests.ollama_faults import FAULTS
from tests.ollama_protocol import FakeOllama
from tests.scripted import ScriptedModel

HELD: Mapping[str, Sequence[str]] = {
    "Bruno Neri": ["d017"],
    "honey harvest": ["d001"],
    "bee products": ["d002"],
    "machine learning": ["d001", "d002"],
    "peat bogs": ["d002"],
}
AROUND = Surroundings(
    letter_ids=("d001", "d002", "d017"),
    name_finder=lambda name: HELD.get(name, []),
    last=About("diffusion models", Wanted.DOES),
)
VISA = "needs a visa or an invitation letter for it"
NEEDS = "who needs a visa?"
DIFFUSION = "does or did: diffusion models"
NONE = "none of these words is in a letter"


def said(question: str = "", synonyms: Sequence[str] = ()) -> str:
    return json.dumps({"question": question, "synonyms": list(synonyms)})


def read(question: str, *replies: str, earlier: Sequence[str] = (), around: Surroundings = AROUND) -> Reread:
    return reread(question, parse(question, around), around, earlier, ScriptedModel(replies or [said()]))


@pytest.mark.parametrize(
    ("question", "earlier", "proposal", "expected", "taken"),
    [
        # not English
        ("Wer arbeitet an Diffusionsmodellen?", [], "who works on diffusion models?", DIFFUSION, 1),
        ("Wer braucht ein Visum?", [], "Who needs a visa?", VISA, 1),
        ("¿Quién trabaja en robótica?", [], "who works on robotics?", "does or did: robotics", 1),
        ("кто работает над роботами?", [], "who works on robots?", "does or did: robotics", 1),
        # open ones that ask for a set
        ("We need a GAN expert, ideas?", [], "who works on GANs?", "does or did: generative adversarial networks", 1),
        # follow-ups
        ("and in Italy?", [NEEDS], "who needs a visa and is a PhD student?", f"{VISA}; and is a PhD student", 1),
        (
            "и сколько из них?",
            [NEEDS],
            "how many of them need a visa?",
            f"{VISA}, of the letters of the last answer",
            1,
        ),
        # the rules decide
        ("who can repair a bicycle?", [], "who works on bicycles?", "mentions: bicycle", 0),
        ("peat bogs", [], "who works on wetlands?", "mentions: peat bogs", 0),
        # nothing to tell
        ("who can repair a bicycle?", [], "who mentions bicycle?", "mentions: bicycle", -1),
        ("who can repair a bicycle?", [], "Who can repair a bicycle", "mentions: bicycle", -1),
    ],
)
def test_sets(question: str, earlier: list[str], proposal: str, expected: str, taken: int) -> None:
    found = read(question, said(proposal), said(), earlier=earlier)
    assert describe(found.question) == f"letters whose writer {expected}"
    assert found.question.text == question
    lead = {1: "taken by the model as", 0: "taken by its own words; the model would have asked"}.get(taken)
    assert found.note == (f"{lead}: {proposal}" if lead else "")
    assert found.warning == ""


@pytest.mark.parametrize(
    ("question", "earlier", "proposal", "kind", "letters"),
    [
        ("where does she live?", ["summarise d017"], "Where does d017 live?", Kind.FACT, ("d017",)),
        (
            "and her supervisor?",
            ["Where does Bruno Neri live?"],
            "What is the name of the supervisor of d017?",
            Kind.FACT,
            ("d017",),
        ),
        ("and d001?", ["summarise d017"], "summarise d001", Kind.SUMMARY, ("d001",)),
        ("Vergleiche d001 und d002", [], "compare d001 and d002", Kind.COMPARE, ("d001", "d002")),
        ("Was sagen die Briefe über Flüsse?", [], "What do the letters say about rivers?", Kind.FACT, ()),
    ],
)
def test_questions_about_letters(
    question: str, earlier: list[str], proposal: str, kind: Kind, letters: tuple[str, ...]
) -> None:
    found = read(question, said(proposal), earlier=earlier)
    assert (found.question.kind, found.question.letters, found.question.text) == (kind, letters, question)
    assert found.note == f"taken by the model as: {proposal}"
    assert found.question.asked


def test_what_is_looked_for_is_the_question_in_english() -> None:
    found = read("Was sagen die Briefe über Flüsse?", said("What do the letters say about rivers?"))
    assert found.question.asked == "What do the letters say about rivers?"


def test_a_verdict_in_another_language_is_refused_as_well() -> None:
    assert read("Wen sollen wir aufnehmen?", said("Who should we accept?")).question.judges


@pytest.mark.parametrize(
    ("question", "earlier", "proposal"),
    [
        pytest.param("Wer arbeitet an Robotern?", [], "", id="the model is not sure"),
        pytest.param("Wer arbeitet an Robotern?", [], "?!", id="no question"),
        pytest.param("Wer arbeitet an Robotern?", [], "x" * 5_000, id="a book"),
        pytest.param("Wer arbeitet an Robotern?", [], "who flurbs?", id="a mere guess"),
        pytest.param(
            "where does she live?", ["who needs a visa?"], "Where does d017 live?", id="a letter nobody named"
        ),
        pytest.param(
            "Tell me about rivers and floods.", [], "What do letters say about floods?", id="open and English"
        ),
    ],
)
def test_a_proposal_that_is_none_changes_nothing(question: str, earlier: list[str], proposal: str) -> None:
    assert read(question, said(proposal), earlier=earlier) == Reread(parse(question, AROUND))


@pytest.mark.parametrize(
    "reply",
    [
        *("", "who works on robotics?", "{", "[]", '"a"', "null", '{"question": "wer', '{"question": 7}', "{}"),
        *('{"question": null}', '{"answer": "who works on robotics?"}'),
    ],
)
def test_nonsense_leaves_the_rules_question_with_one_warning(reply: str) -> None:
    found = read("Wer arbeitet an Robotern?", reply)
    assert found.question == parse("Wer arbeitet an Robotern?", AROUND)
    assert found.note == ""
    assert found.warning.startswith("The model did not help to understand the question: the model did not answer in")


def test_a_model_that_fails_costs_one_warning() -> None:
    question = "Wer arbeitet an Robotern?"
    model = ScriptedModel(["{"], stops_after=1)
    found = reread(question, parse(question, AROUND), AROUND, (), model)
    assert found.question == parse(question, AROUND)
    assert found.warning.endswith("the server closed the connection: is it still running?")


@pytest.mark.parametrize(
    "question",
    [
        *("who works on diffusion models?", "how many need a visa?", "summarise d017", "compare d001 and d002"),
        *("What does the train cost?", "which of them have published?", "who wants to learn it?", "who is best?"),
        *("Where does d017 live?", "who mentions time series?"),
    ],
)
def test_what_the_rules_understand_is_not_asked_of_a_model(question: str) -> None:
    model = ScriptedModel([said("who works on robotics?", ["robots"])])
    earlier = ["who works on time series?"]
    assert reread(question, parse(question, AROUND), AROUND, earlier, model) == Reread(parse(question, AROUND))
    assert model.asked == []


# ---- other words for a subject ----


def test_an_unknown_subject_is_sought_in_other_words_that_letters_hold() -> None:
    found = read(
        "who works on honey extraction?", said(synonyms=["honey harvest", "Honey Extraction", NONE, "bee products"])
    )
    parts = [About(words, Wanted.DOES) for words in ("honey extraction", "honey harvest", "bee products")]
    assert found.question.criterion == Some(tuple(parts))
    assert found.note == "also read as: honey harvest, bee products"


def test_other_words_are_sought_within_an_expression() -> None:
    found = read("who works on robotics but not on honey extraction?", said(synonyms=["honey harvest"]))
    honey = Some((About("honey extraction", Wanted.DOES), About("honey harvest", Wanted.DOES)))
    assert found.question.criterion == Every((About("robotics", Wanted.DOES), Not(honey)))


@pytest.mark.parametrize(
    "synonyms",
    [
        pytest.param([], id="none"),
        pytest.param([NONE], id="in no letter"),
        pytest.param(["machine learning"], id="a whole field"),
        pytest.param(["", "!", "x" * 400], id="no words"),
        pytest.param([NONE] * 5 + ["honey harvest"], id="the sixth"),
    ],
)
def test_other_words_that_do_not_count(synonyms: list[str]) -> None:
    question = "who works on honey extraction?"
    found = read(question, said(synonyms=synonyms))
    assert found == Reread(parse(question, AROUND))


def test_words_that_are_asked_for_as_such_get_no_others() -> None:
    found = read("who mentions honey extraction?", said(synonyms=["honey harvest"]))
    assert found.question.criterion == About("honey extraction", Wanted.ANY)


def test_a_restated_question_gets_other_words_too() -> None:
    found = read("Wer schleudert Honig?", said("who works on honey extraction?"), said(synonyms=["honey harvest"]))
    assert found.note == "taken by the model as: who works on honey extraction?; also read as: honey harvest"


def test_what_was_restated_stays_if_the_other_words_fail() -> None:
    found = read("Wer schleudert Honig?", said("who works on honey extraction?"), "{")
    assert found.question.criterion == About("honey extraction", Wanted.DOES)
    assert found.warning


# ---- what the model sees ----


def test_a_prompt_holds_the_questions_and_nothing_else() -> None:
    model = ScriptedModel([said()])
    question = "и сколько из них?"
    reread(question, parse(question, AROUND), AROUND, ["one", "two", "three", "four"], model)
    (prompt,) = model.asked
    assert prompt.user == f"Questions before:\n- two\n- three\n- four\n\nThe question: {question}"
    assert not any(words in prompt.user + prompt.system for words in (*HELD, *AROUND.letter_ids[:2]))


def test_a_conversation_remembers_its_last_questions() -> None:
    talk = Conversation()
    for text in ("one?", "two?", "three?", "four?"):
        talk.note(Question(text, Kind.OPEN), [])
    assert talk.questions == ("two?", "three?", "four?")
    talk.clear()
    assert talk.questions == ()


# ---- over a real socket ----


def test_a_model_server_restates_as_well(ollama: Callable[..., FakeOllama]) -> None:
    server = ollama(saying(said("who works on diffusion models?")))
    question = "Wer arbeitet an Diffusionsmodellen?"
    found = reread(question, parse(question, AROUND), AROUND, (), choose_model())
    assert found.note == "taken by the model as: who works on diffusion models?"
    assert server.chats[0]["format"]["required"] == ["question"]


def test_a_server_that_dies_costs_one_warning(ollama: Callable[..., FakeOllama]) -> None:
    ollama(FAULTS["dies_in_a_chunk"])
    question = "Wer arbeitet an Diffusionsmodellen?"
    found = reread(question, parse(question, AROUND), AROUND, (), choose_model())
    assert (found.question, found.note) == (parse(question, AROUND), "")
    assert "broke off" in found.warning
