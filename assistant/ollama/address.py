"""Where the Ollama server is, and whether it may be asked: letters stay on this machine unless its owner says more."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from ingest.errors import ModelFailed

_PORT = 11434


def server_address(value: str | None = None) -> str:
    """Return the address that ``OLLAMA_HOST`` means, as a URL; an address to listen on becomes one to call.

    >>> server_address("0.0.0.0"), server_address("box:8080"), server_address("")
    ('http://127.0.0.1:11434', 'http://box:8080', 'http://127.0.0.1:11434')

    :raises ValueError: if it is no address.
    """
    given = (os.environ.get("OLLAMA_HOST", "") if value is None else value).strip()
    url = urlsplit(given if "://" in given else f"http://{given}")
    host = url.hostname or "127.0.0.1"
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    port = url.port or {"https": 443}.get(url.scheme, 80 if "://" in given else _PORT)
    shown = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{shown}:{port}"


def allowed_address() -> str:
    """Return the server's address, if it is on this machine or the environment's DOSSIER_ALLOW_HOST names its host.

    :raises ModelFailed: if OLLAMA_HOST is no address, or one that is not allowed.
    """
    try:
        address = server_address()
    except ValueError:
        raise ModelFailed("OLLAMA_HOST is not an address") from None
    host = urlsplit(address).hostname or ""
    if _is_loopback(host) or host == os.environ.get("DOSSIER_ALLOW_HOST"):
        return address
    raise ModelFailed(
        f"the model server {host} is on another machine, so it is not asked and letters stay here; "
        f"DOSSIER_ALLOW_HOST={host} allows it"
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
