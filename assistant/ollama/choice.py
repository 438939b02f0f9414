"""Which model answers: the one that was asked for, or the best of those that are there."""

from __future__ import annotations

import os
from collections.abc import Sequence

from assistant.ollama.address import allowed_address
from assistant.ollama.model import DEFAULT_CONTEXT, OllamaModel
from assistant.ollama.patience import BRIEF, Patience
from assistant.ollama.server import Abilities, Installed, abilities, installed, is_cloud
from ingest.errors import ModelFailed

RECOMMENDED = "qwen2.5:7b"  # small enough for most desks, keeps to a JSON schema, does not think aloud

# Made for general use, known to follow instructions and to keep to a JSON schema; those for code, pictures, proofs or
# guarding are not among them.
GOOD = frozenset(
    {
        *("qwen3", "qwen2.5", "gemma4", "gemma3", "gemma3n", "gemma2", "llama3.3", "llama3.2", "llama3.1"),
        *("mistral", "mistral-nemo", "mistral-small", "ministral-3", "granite4", "granite3.3", "phi4", "phi4-mini"),
        *("gpt-oss", "olmo-3", "command-r7b"),
    }
)
_DESK = (2.0, 15.0)  # billions of parameters: smaller ones understand too little, larger ones keep people waiting


def choose_model(wanted: str = "auto", patience: Patience | None = None) -> OllamaModel:
    """Return the model to use.

    ``auto`` is the environment's DOSSIER_MODEL, else the first by ``preference`` that can chat. A name is that model
    and no other; without a tag it is ``:latest``, as everywhere in Ollama. Cloud models are always refused.

    :raises ModelFailed: if no server answers or may be asked, or it does not hold the model.
    """
    address = allowed_address()
    if wanted == "auto":
        wanted = os.environ.get("DOSSIER_MODEL", "").strip() or "auto"
    if is_cloud(wanted):
        raise _refused(wanted)
    models = installed(address)
    found, can = _best(address, models) if wanted == "auto" else _named(address, models, wanted)
    return OllamaModel(
        found.name,
        digest=found.digest,
        address=address,
        context=min(_context(), can.context) if can.context else _context(),
        thinking=_thinking(found, can),
        patience=patience or Patience(),
    )


def preference(model: Installed) -> tuple[bool, bool, float, str]:
    """Return the key by which models are tried, the best first: of a desk's size before all others, then those known
    to be good, then the larger one on a desk and the smaller one beyond it, then by name.
    """
    smallest, largest = _DESK
    base = model.name.rsplit("/", 1)[-1].split(":", 1)[0]
    return (
        not smallest <= model.billions <= largest,
        base not in GOOD,
        -model.billions if model.billions <= largest else model.billions,
        model.name,
    )


def _best(address: str, models: Sequence[Installed]) -> tuple[Installed, Abilities]:
    for model in sorted((model for model in models if not model.remote), key=preference):
        can = abilities(address, model.name, BRIEF)
        if can.chats:
            return model, can
    raise ModelFailed(f"the model server has no model that can chat: ollama pull {RECOMMENDED}")


def _named(address: str, models: Sequence[Installed], wanted: str) -> tuple[Installed, Abilities]:
    full = wanted if ":" in wanted.rsplit("/", 1)[-1] else f"{wanted}:latest"
    found = next((model for model in models if model.name.lower() == full.lower()), None)
    if found is None:
        raise ModelFailed(f"the model server does not have {wanted}: ollama pull {wanted}")
    if found.remote:
        raise _refused(found.name)
    can = abilities(address, found.name, BRIEF)
    if not can.chats:
        raise ModelFailed(f"{found.name} cannot chat, it is a model for other things: ollama pull {RECOMMENDED}")
    return found, can


def _refused(name: str) -> ModelFailed:
    return ModelFailed(f"{name} runs on other machines, not on this one: letters stay here, choose a local model")


def _context() -> int:
    given = os.environ.get("DOSSIER_CONTEXT", "").strip()
    if not given:
        return DEFAULT_CONTEXT
    if not given.isdecimal() or int(given) < 1024:
        raise ModelFailed(f"DOSSIER_CONTEXT is to be a number of tokens from 1024 on, not {given!r}")
    return int(given)


def _thinking(model: Installed, can: Abilities) -> bool | str | None:
    """Return what to say of thinking: off, or as little as can be where it cannot; nothing where there is none."""
    if not can.thinks:
        return None
    return "low" if model.family.replace("-", "") == "gptoss" or "gpt-oss" in model.name else False
