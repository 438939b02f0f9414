"""How the model server is spoken to: which connections are made, and what is said when one fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from assistant.ollama.patience import Patience
from ingest.errors import ModelFailed

if TYPE_CHECKING:
    import httpx
    import ollama

_NO_MEMORY = ("memory", "cuda error", "oom")  # in the words of a server that has too little of it


def connect(address: str, patience: Patience, end: float | None = None) -> ollama.Client:
    """Return a client for one call, to be closed after it: it speaks to this address and to nobody else.

    Neither proxies of the environment nor redirects can carry a letter elsewhere, and OLLAMA_API_KEY, which the client
    would send with every request, is taken off.

    :param end: when the call ends, in seconds of ``time.monotonic``; else after ``patience.whole`` seconds.
    """
    import ollama

    return ollama.Client(host=address, **_careful(patience, end))


def fetch(address: str, path: str, patience: Patience) -> dict[str, Any]:
    """Return the JSON object at a path of the server: what ``ollama.Client`` has no call for, or drops half of.

    :raises httpx.HTTPStatusError: if the server answers with an error; see ``plainly`` for the rest.
    """
    import httpx

    with httpx.Client(base_url=address, **_careful(patience, None)) as client:
        response = client.get(path)
        response.raise_for_status()
        return dict(response.json())


def _careful(patience: Patience, end: float | None) -> dict[str, Any]:
    import httpx

    from assistant.ollama.deadline import DeadlineTransport

    return {
        "transport": DeadlineTransport(time.monotonic() + patience.whole if end is None else end),
        "timeout": httpx.Timeout(patience.silence, connect=patience.connect),
        "trust_env": False,
        "follow_redirects": False,
        "event_hooks": {"request": [_without_key]},
    }


def _without_key(request: httpx.Request) -> None:
    request.headers.pop("authorization", None)


@contextmanager
def plainly(address: str, patience: Patience, model: str = "") -> Iterator[None]:
    """Turn whatever goes wrong in a call into one plain sentence.

    Nothing that the server sent is repeated, and no exception chained: it may quote a letter.

    :raises ModelFailed: for every failure of the connection, of the server or of what it sends.
    """
    import httpcore
    import httpx
    import ollama

    from assistant.ollama.deadline import OutOfTime, TooLarge

    try:
        yield
    except ollama.ResponseError as error:
        raise ModelFailed(_refusal(error.status_code, error.error, model)) from None
    except httpx.HTTPStatusError as error:
        raise ModelFailed(_refusal(error.response.status_code, "", model)) from None
    except OutOfTime:
        raise ModelFailed(f"the model server took longer than {patience.whole:g} seconds and was stopped") from None
    except TooLarge:
        raise ModelFailed("the model server sent without end and was stopped") from None
    except (httpcore.ConnectError, httpcore.ConnectTimeout):
        raise ModelFailed(f"no model server answers at {address}: start it with ollama serve") from None
    except httpcore.TimeoutException:
        raise ModelFailed(f"the model server was silent for {patience.silence:g} seconds and was stopped") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError):
        raise ModelFailed("the connection to the model server broke off before the answer was whole") from None
    except (ValueError, TypeError, AttributeError, KeyError):  # not JSON, or other JSON than Ollama's
        raise ModelFailed(f"what answers at {address} does not speak as Ollama does: is it a proxy?") from None


def _refusal(status: int, words: str, model: str) -> str:
    if any(sign in words.lower() for sign in _NO_MEMORY):
        return f"the model server has too little memory for {model}: take a smaller model, or set DOSSIER_CONTEXT lower"
    if status == 404:
        return f"the model server does not have {model}: ollama pull {model}" if model else "the server is not Ollama"
    if status == 503:
        return "the model server is busy: ask again in a while"
    if status == -1:  # a line of the stream
        return "the model server reported an error in the middle of its answer"
    return f"the model server answered with an error ({status})"
