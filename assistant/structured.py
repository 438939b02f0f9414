"""Replies of a local model as JSON objects of a given schema: checked, and asked for again if they are not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assistant.model import LocalModel, Prompt
from ingest.errors import ModelFailed


def reply_json(model: LocalModel, prompt: Prompt, tries: int = 3) -> dict[str, Any]:
    """Return a model's reply as an object that fits ``prompt.schema``.

    A reply that does not is asked for again, the model being told what was wrong. One that failed is not: at
    temperature 0 it would fail again.

    :raises ModelFailed: if no reply fits, or the model fails.
    :raises ValueError: if the prompt has no schema.
    """
    if prompt.schema is None:
        raise ValueError("a structured reply needs a schema")
    asked = prompt
    for _ in range(tries):
        reply = model.reply(asked)
        value, wrong = _read(reply, prompt.schema)
        if value is not None:
            return value
        asked = replace(prompt, user=f"{prompt.user}\n\nYour last reply could not be used: {wrong}. Reply again.")
    raise ModelFailed(f"the model did not answer in the form that was asked for (tries: {tries})")


def _read(reply: str, schema: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """Return the object in a reply, which may stand in a fence of code; or what is wrong with it."""
    import jsonschema

    try:
        value = json.loads(reply[reply.find("{") : reply.rfind("}") + 1])
        jsonschema.validate(value, schema)
    except (ValueError, RecursionError):
        return None, "it is not JSON"
    except jsonschema.ValidationError as error:
        return None, f"it does not fit the schema at {error.json_path} ({error.validator})"
    return value, ""
