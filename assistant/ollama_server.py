"""The Ollama server on this machine: where it is, whether it answers, what it holds.
The only file that knows its client.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORT = 11434
_PATIENCE = 3.0  # seconds


@dataclass(frozen=True)
class ServerState:
    """What a look at the server found; ``problem`` is empty when it answered."""

    address: str
    models: tuple[str, ...] = ()
    problem: str = ""


def server_address(value: str | None = None) -> str:
    """Return the address that ``OLLAMA_HOST`` means, as a URL; an address to listen on becomes one to call.

    >>> server_address("0.0.0.0"), server_address("box:8080"), server_address("")
    ('http://127.0.0.1:11434', 'http://box:8080', 'http://127.0.0.1:11434')
    """
    given = (os.environ.get("OLLAMA_HOST", "") if value is None else value).strip()
    url = urlsplit(given if "://" in given else f"http://{given}")
    host = url.hostname or "127.0.0.1"
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    port = url.port or {"https": 443}.get(url.scheme, 80 if "://" in given else _PORT)
    shown = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{shown}:{port}"


def look() -> ServerState:
    """Ask the server for its models. Never asks a server on another machine."""
    try:
        address = server_address()
    except ValueError:
        return ServerState(os.environ.get("OLLAMA_HOST", ""), problem="OLLAMA_HOST is not an address")
    if not _is_loopback(urlsplit(address).hostname or ""):
        return ServerState(address, problem="it is on another machine, so it is not asked: letters stay here")
    import httpx
    import ollama

    try:
        listed = ollama.Client(host=address, timeout=_PATIENCE).list()
    except ollama.ResponseError as error:
        return ServerState(address, problem=f"it answers with an error ({error.status_code})")
    except (ConnectionError, httpx.HTTPError):
        return ServerState(address, problem="no server answers there")
    return ServerState(address, tuple(sorted(model.model for model in listed.models if model.model)))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
