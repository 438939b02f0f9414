"""The wall in front of the web page: who may call it, and what a browser may do with what it gets.

Gradio by itself answers any ``Host`` (so a hostile site can read answers by DNS rebinding), accepts requests sent by
other sites and uploads from anybody. ``Guard`` is plain ASGI, so streamed answers pass through untouched.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

SECURITY_HEADERS = {
    # Gradio's page has inline scripts and styles; it needs no 'unsafe-eval', no workers, no other origin
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "script-src 'self' 'unsafe-inline'; connect-src 'self'; font-src 'self' data:; frame-src 'none'; "
        "object-src 'none'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_UPLOAD = "/gradio_api/upload"  # Dossier takes letters from the command line only


class Guard:
    """ASGI middleware: refuses foreign hosts (400), foreign origins and uploads (403); adds the security headers.

    ``hosts`` are the names that the page may be called by, without port. ``any_address`` also accepts every literal IP
    address: a server bound to all addresses cannot know by which it is reached, and rebinding needs a name.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], *, any_address: bool = False) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._any_address = any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse or pass on one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            refusal = self._refusal(scope)
            await (refusal or self._app)(scope, receive, _with_headers(send))
        # Dossier speaks no other protocol: without an answer the server closes a websocket

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._knows(_name(host)):
            return PlainTextResponse("Dossier does not answer to this host name.\n", 400)
        if scope["method"] in _READING:
            return None
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return PlainTextResponse("Dossier does not take requests from other sites.\n", 403)
        if scope["path"].startswith(_UPLOAD):
            return PlainTextResponse("Dossier takes no files here. Use: dossier ingest\n", 403)
        return None

    def _knows(self, name: str) -> bool:
        return name in self._hosts or (self._any_address and is_address(name))


def is_address(name: str) -> bool:
    """Whether ``name`` is a literal IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach a server bound to ``host``."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def _name(host: str) -> str:
    """Take the port and the brackets of an IPv6 address off a ``Host`` header."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
        await send(message)

    return send_with_headers
