"""Many questions in one process: JSON lines in, one JSON answer per line out, in order."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import click

from assistant import Answer, Assistant, Conversation, Kind
from ingest.errors import DossierError


@dataclass(frozen=True)
class Line:
    """One question of a batch; lines that share ``conversation`` are turns of one conversation."""

    id: object
    text: str
    letter: str | None
    conversation: str | None


def read_batch(path: Path) -> list[Line]:
    """Read ``{"id", "text", "letter"?, "conversation"?}`` lines.

    :raises DossierError: naming the file or line that is wrong; then no question is asked.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DossierError(
            f"{path} cannot be read as UTF-8 text: {getattr(error, 'strerror', None) or 'another encoding'}"
        ) from error
    return [
        _line(raw, f"{path}, line {number}") for number, raw in enumerate(content.split("\n"), start=1) if raw.strip()
    ]


def _line(raw: str, where: str) -> Line:
    try:
        value = json.loads(raw)
    except json.JSONDecodeError as error:
        raise DossierError(f"{where} is not JSON: {error.msg}") from error
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise DossierError(f'{where} needs a "text": {{"id": 1, "text": "who works on time series?"}}')
    letter, conversation = value.get("letter"), value.get("conversation")
    return Line(value.get("id"), _clean(value["text"]), letter and str(letter), conversation and str(conversation))


def _clean(text: str) -> str:
    """Replace lone surrogates, which JSON may hold and no file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def answer_batch(assistant: Assistant, lines: Sequence[Line], out: Path | None) -> None:
    """Answer all lines in order; a question that cannot be answered gets an answer that says why."""
    talks: dict[str, Conversation] = defaultdict(Conversation)
    with _open(out) if out else nullcontext(sys.stdout) as file:
        for number, line in enumerate(lines, start=1):
            talk = talks[line.conversation] if line.conversation else Conversation()
            _write(file, {"id": line.id, **_answer(assistant, line, talk).to_json()})
            if out and sys.stderr.isatty():
                click.echo(f"\r{number} of {len(lines)}", err=True, nl=number == len(lines))


def _open(out: Path) -> TextIO:
    try:
        return out.open("w", encoding="utf-8")
    except OSError as error:
        raise DossierError(
            f"answers cannot be written to {out} ({error.strerror}): name another file with --out"
        ) from error


def _answer(assistant: Assistant, line: Line, talk: Conversation) -> Answer:
    try:
        return assistant.answer(line.text, letter=line.letter, conversation=talk)
    except DossierError as error:
        name = assistant.cohort.name
        return Answer(line.text, Kind.OPEN, name, "extractive", abstained=True, warnings=(str(error),), final=True)


def _write(file: TextIO, value: dict[str, Any]) -> None:
    file.write(json.dumps(value, ensure_ascii=False) + "\n")
    file.flush()
