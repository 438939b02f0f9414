"""A live Ollama server, if one answers and has a model: ``pytest -m ollama``. Skipped everywhere else."""

from __future__ import annotations

import os

import pytest

from assistant.model import Prompt
from assistant.ollama import OllamaModel, choose_model
from assistant.ollama.model import tokens_at_most
from assistant.structured import reply_json
from ingest.errors import ModelFailed

pytestmark = pytest.mark.ollama
LIVE = {name: os.environ.get(name) for name in ("OLLAMA_HOST", "DOSSIER_MODEL", "DOSSIER_ALLOW_HOST")}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> OllamaModel:
    """The model that Dossier would use on this machine."""
    for name, value in LIVE.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    try:
        return choose_model()
    except ModelFailed as reason:
        pytest.skip(str(reason))


def test_it_answers_in_the_form_that_is_asked_for(model: OllamaModel) -> None:
    schema = {
        "type": "object",
        "properties": {"larger": {"enum": ["seven", "five"]}},
        "required": ["larger"],
        "additionalProperties": False,
    }
    prompt = Prompt("You compare numbers.", "Which is larger, seven or five?", schema, longest=60)
    assert reply_json(model, prompt) == {"larger": "seven"}
    assert reply_json(model, prompt) == {"larger": "seven"}  # temperature 0: the same again


def test_it_streams_prose_without_its_thoughts(model: OllamaModel) -> None:
    pieces = list(model.stream(Prompt("You are brief.", "Say in one sentence what bees make.", longest=200)))
    assert len(pieces) > 1
    assert "honey" in "".join(pieces).lower()
    assert "think>" not in "".join(pieces)


def test_a_reply_that_is_cut_off_is_said_to_be(model: OllamaModel) -> None:
    with pytest.raises(ModelFailed, match="cut off"):
        model.reply(Prompt("You are thorough.", "Count from one to a thousand in words.", longest=20))


def test_the_estimate_of_tokens_is_not_too_low_for_this_model(model: OllamaModel) -> None:
    """Fill half of the context by the estimate: the server must not have had to cut anything."""
    bees = "the bees of our town hall make honey for forty neighbours and "
    text = bees * (model.context // 2 // tokens_at_most(bees))
    assert model.reply(Prompt("You are brief.", f"{text}more. Is this about bees? Say yes or no."))
