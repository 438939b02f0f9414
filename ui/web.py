"""The web chat: ``build_app`` makes the page over a ``Desk``, ``serve`` puts it on this machine.

Gradio is imported only when a page is built, after the switches that keep it from calling home are set.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from assistant.answer import Answer
from ingest.errors import DossierError
from ingest.letters import Letter, SetAside
from ui.guard import LOOPBACK_HOSTS, Guard, is_address, is_loopback

if TYPE_CHECKING:
    import gradio as gr

    Accounts = list[tuple[str, str]]

LOOPBACK = "127.0.0.1"
PORT = 7860


class Desk(Protocol):
    """What the page needs of the assistant. Every method may raise ``DossierError``; calls come from many threads."""

    def cohorts(self) -> list[tuple[str, int]]:
        """Return each cohort's name and number of letters."""

    def ask(self, cohort: str, question: str, conversation: str) -> Iterator[Answer]:
        """Yield growing snapshots. ``conversation`` names a browser session: its turns are follow-ups."""

    def clear(self, conversation: str) -> None:
        """Forget the turns of ``conversation``, which may be unknown."""

    def letter(self, cohort: str, letter_id: str) -> Letter:
        """Return a letter, or raise ``UnknownLetter``."""

    def letters(self, cohort: str) -> list[tuple[str, str, int]]:
        """Return each letter's id, source and length in characters."""

    def set_aside(self, cohort: str) -> list[SetAside]:
        """Return what could not become a letter, with reasons."""

    def examples(self, cohort: str) -> list[str]:
        """Return a few questions that this cohort can answer."""

    def home(self) -> Path:
        """Return the private home folder."""

    def location_note(self) -> str:
        """Say where the letters are and who writes the answers."""


def build_app(desk: Desk, *, local: bool = True) -> gr.Blocks:
    """Return the page over ``desk``, not launched; ``local`` says that only this machine can reach it."""
    _keep_gradio_home(desk.home())
    from ui.web_page import build_page

    return build_page(desk, local)


def web_app(desk: Desk, host: str = LOOPBACK, auth: Accounts | None = None) -> Guard:
    """Return the whole site as an ASGI application behind its guard, for a server bound to ``host``."""
    blocks = build_app(desk, local=is_loopback(host))
    from fastapi import FastAPI
    from gradio import mount_gradio_app

    from ui.web_look import ICON, head, stylesheet, theme

    site = mount_gradio_app(
        FastAPI(openapi_url=None),
        blocks,
        path="/",
        auth=auth,
        theme=theme(),
        css=stylesheet(),
        head=head(),
        favicon_path=str(ICON),
        footer_links=[],
        show_error=False,  # an error's text would be shown as HTML
        run_history=False,  # Gradio would keep every question and answer in the browser
        enable_monitoring=False,
        max_file_size=1,
        pwa=False,
        ssr_mode=False,
        mcp_server=False,
    )
    everywhere = is_address(host) and ipaddress.ip_address(host).is_unspecified
    names = {host, socket.gethostname()} if everywhere else {host}
    return Guard(site, LOOPBACK_HOSTS | names, any_address=everywhere)


def serve(desk: Desk, host: str = LOOPBACK, port: int = PORT, auth: Accounts | None = None) -> None:
    """Serve the page on ``host`` until Ctrl-C. ``auth`` lists who may log in, as ``(user, password)``.

    Raises ``DossierError`` if the port cannot be had, or if others could reach the page without a password.
    """
    if not is_loopback(host) and not auth:
        raise DossierError(
            f"On {host} others could read the letters. Give a file of user:password lines with --auth FILE, "
            f"or leave --host out to stay on this machine."
        )
    with _listen(host, port) as listener:
        import uvicorn

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                click.echo(f"Dossier is at {_address(host, listener)}  (Ctrl-C stops it)")

        config = uvicorn.Config(
            web_app(desk, host, auth),
            access_log=False,  # addresses of requests may hold text
            log_level="critical",  # at Ctrl-C each open page would be a traceback; Gradio prints the faults of events
            timeout_graceful_shutdown=1,
        )
        with suppress(KeyboardInterrupt):
            Server(config).run(sockets=[listener])


def _keep_gradio_home(home: Path) -> None:
    """Set Gradio's switches: no analytics, no hub, temporary files in the private home. Read when it is imported."""
    cache = home / "web"
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.update(
        GRADIO_ANALYTICS_ENABLED="False", GRADIO_TEMP_DIR=str(cache), HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1"
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise DossierError(_why_not(error, host, port)) from error


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Choose another one: dossier ui --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"This account may not use port {port}. Choose one above 1023: dossier ui --port {PORT}"
    return f"Cannot listen on {host}: it is not an address of this machine ({error.strerror or error})."


def _address(host: str, listener: socket.socket) -> str:
    everywhere = is_address(host) and ipaddress.ip_address(host).is_unspecified
    name = socket.gethostname() if everywhere else host
    return f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}"
