"""What an Ollama server holds: its version, its models, what is in memory; and how it fetches another model."""

from __future__ import annotations

import math
import os
from collections.abc import Generator
from dataclasses import dataclass

from assistant.ollama.address import allowed_address
from assistant.ollama.connection import connect, fetch, plainly
from assistant.ollama.patience import BRIEF, Patience
from ingest.errors import ModelFailed

_FETCHING = Patience(silence=300.0, whole=math.inf)  # checking the digest of some gigabytes is done in silence


@dataclass(frozen=True)
class Installed:
    """A model that the server lists."""

    name: str
    digest: str
    family: str
    billions: float  # of parameters; 0 where the server does not say
    remote: bool  # a cloud model: the server sends what it is asked to another machine


@dataclass(frozen=True)
class Abilities:
    """What a model can do."""

    chats: bool
    thinks: bool
    context: int | None  # tokens; None where the server does not say


@dataclass(frozen=True)
class Loaded:
    """A model in the server's memory."""

    size: int  # bytes
    on_gpu: int  # bytes of these
    context: int | None  # tokens that it was loaded for; None where the server does not say


@dataclass(frozen=True)
class ServerState:
    """What a look at the server found; ``problem`` is empty when it answered."""

    address: str
    version: str = ""
    models: tuple[Installed, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Progress:
    """How far the server is with one part of a model; ``total`` is 0 where nothing is counted."""

    completed: int  # bytes
    total: int  # bytes
    status: str


def look(patience: Patience = BRIEF) -> ServerState:
    """Ask the server for its version and models. Never asks a server on a machine that is not allowed."""
    address = os.environ.get("OLLAMA_HOST", "")
    try:
        address = allowed_address()
        models = installed(address, patience)
        with plainly(address, patience):
            version = str(fetch(address, "/api/version", patience)["version"])
    except ModelFailed as error:
        return ServerState(address, problem=str(error))
    return ServerState(address, version, models)


def installed(address: str, patience: Patience = BRIEF) -> tuple[Installed, ...]:
    """Return the server's models by name. (``ollama.Client.list`` drops what says that a model runs elsewhere.)

    :raises ModelFailed: if the server does not answer.
    """
    with plainly(address, patience):
        listed = fetch(address, "/api/tags", patience)["models"] or []
        models = []
        for item in listed:
            name, details = item.get("model") or item["name"], item.get("details") or {}
            models.append(
                Installed(
                    name,
                    item.get("digest") or "",
                    details.get("family") or "",
                    _billions(details.get("parameter_size") or ""),
                    is_cloud(name) or bool(item.get("remote_host") or item.get("remote_model")),
                )
            )
        return tuple(sorted(models, key=lambda model: model.name))


def is_cloud(name: str) -> bool:
    """Whether a name is one of Ollama's for models that run on other machines.

    >>> is_cloud("gpt-oss:20b-cloud"), is_cloud("glm-4.6:cloud"), is_cloud("cloudy:7b")
    (True, True, False)
    """
    return name.lower().endswith(("-cloud", ":cloud"))


def abilities(address: str, name: str, patience: Patience = BRIEF) -> Abilities:
    """Return what a model can do; a server too old to say is taken to mean that it chats and does not think.

    :raises ModelFailed: if the server does not answer, or has no such model.
    """
    with plainly(address, patience, name), connect(address, patience) as client:
        shown = client.show(name)
        can = shown.capabilities
        contexts = [value for key, value in (shown.modelinfo or {}).items() if key.endswith(".context_length")]
        return Abilities(
            chats="completion" in can if can is not None else "embed" not in name,
            thinks="thinking" in (can or ()),
            context=int(contexts[0]) if contexts else None,
        )


def in_memory(address: str, name: str, patience: Patience = BRIEF) -> Loaded | None:
    """Return how a model lies in the server's memory, or None if it is not there.

    :raises ModelFailed: if the server does not answer.
    """
    with plainly(address, patience), connect(address, patience) as client:
        for model in client.ps().models:
            if name in (model.model, model.name):
                return Loaded(model.size or 0, model.size_vram or 0, model.context_length)
    return None


def pull(name: str, patience: Patience = _FETCHING) -> Generator[Progress]:
    """Let the server fetch a model, and yield how far it is. Closing the iterator stops it; what came is kept, and the
    next time goes on from there.

    :raises ModelFailed: if the server does not answer, cannot fetch it, or stops half-way; for a cloud model at once.
    """
    if is_cloud(name):
        raise ModelFailed(f"{name} runs on other machines, not on this one: letters stay here, choose a local model")
    import ollama

    address = allowed_address()
    status = ""
    with plainly(address, patience, name), connect(address, patience) as client:
        try:
            for part in client.pull(name, stream=True):
                status = part.status or ""
                yield Progress(part.completed or 0, part.total or 0, status)
        except ollama.ResponseError as error:
            if "no space" in error.error:
                raise ModelFailed(f"the disk of the model server is too full for {name}: free some space") from None
            raise ModelFailed(
                f"the model server could not fetch {name}: is that its name, and can the server reach the internet?"
            ) from None
    if status != "success":
        raise ModelFailed(f"fetching {name} broke off: the same command goes on from there")


def _billions(size: str) -> float:
    """Return a number of parameters in billions.

    >>> _billions("3.2B"), _billions("567M"), _billions("")
    (3.2, 0.567, 0.0)
    """
    unit = {"B": 1.0, "M": 1e-3, "K": 1e-6}.get(size[-1:].upper())
    try:
        return float(size[:-1]) * unit if unit else 0.0
    except ValueError:
        return 0.0
