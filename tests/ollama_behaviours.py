"""Behaviours of ``tests.ollama_protocol.FakeOllama`` that do not fail; those that do are in ``tests.ollama_faults``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.ollama_call import Behaviour, Call, Reply, Step, line


def plain(call: Call) -> str:
    """Say something that fits."""
    return "Fine." if call.schema is None else json.dumps(fitting(call.schema))


def fitting(schema: Mapping[str, Any]) -> object:
    """Return the plainest value that fits a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        return {name: fitting(part) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [fitting(schema["items"])] * schema.get("minItems", 0)
    return {"string": "", "integer": 0, "number": 0.0, "boolean": False, "null": None}[kind]


def obedient(call: Call) -> str:
    """Do what anybody says: repeat what the prompt, letters included, asks to say or write in quotation marks."""
    asked = re.findall(r"\b(?:say|write|answer|reply|output|print)\b[^\"“]{0,40}[\"“]([^\"”]+)[\"”]", call.user, re.I)
    text = asked[-1] if asked else "Fine."
    if call.schema is None:
        return text
    value = dict(fitting(call.schema))  # type: ignore[call-overload]
    for name, part in call.schema.get("properties", {}).items():
        if text in part.get("enum", ()) or (part.get("type") == "string" and "enum" not in part):
            value[name] = text
    return json.dumps(value)


def saying(*replies: str) -> Behaviour:
    """Return a behaviour that says one thing after the other, the last for ever."""
    return lambda call: replies[min(call.number, len(replies) - 1)]


def thinking_aloud(text: str) -> Behaviour:
    """Return a behaviour that thinks in the text and in the field for thoughts, and then says something."""
    return lambda call: Reply(f"<think>The user asks. <b>Hm</b>.</think>\n\n{text}", thinking="The user asks.")


def pulling(name: str) -> Iterator[Step]:
    """Fetch a model of two layers."""
    yield line({"status": "pulling manifest"})
    for layer, total in (("6a0746a1ec1a", 2_000_000), ("966de95ca8a6", 1_429)):
        for completed in (0, total // 2, total):
            counted = {"completed": completed} if completed else {}
            yield line({"status": f"pulling {layer}", "digest": f"sha256:{layer}", "total": total, **counted})
    for status in ("verifying sha256 digest", "writing manifest", "success"):
        yield line({"status": status})
