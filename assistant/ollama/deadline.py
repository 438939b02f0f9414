"""A transport for httpx that keeps a deadline. Load it late.

httpx limits each read, so a server that drips a byte a second, or sends without end, is never stopped. Here no read,
write or connection waits beyond the end of the call, and no response is larger than any answer can be.
"""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import Iterable, Iterator

import httpcore
import httpx

_LARGEST = 64_000_000  # bytes of one response


class OutOfTime(Exception):
    """The call has used up its time."""


class TooLarge(Exception):
    """The response is larger than any answer."""


class DeadlineTransport(httpx.BaseTransport):
    """Sends requests straight to their host (no proxy), until ``end``."""

    def __init__(self, end: float) -> None:
        """Keep the deadline ``end``, in seconds of ``time.monotonic``; ``math.inf`` is none."""
        self._pool = httpcore.ConnectionPool(network_backend=_Network(end))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; errors are those of httpcore, ``OutOfTime`` and, while reading, ``TooLarge``."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for part in self._response.iter_stream():
            read += len(part)
            if read > _LARGEST:
                raise TooLarge
            yield part

    def close(self) -> None:
        self._response.close()


class _Network(httpcore.SyncBackend):
    def __init__(self, end: float) -> None:
        self._end = end

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, _left(self._end, timeout), local_address, socket_options)
        return _Stream(stream, self._end)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, end: float) -> None:
        self._stream = stream
        self._end = end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._stream.read(max_bytes, _left(self._end, timeout))
        except httpcore.ReadTimeout:
            _left(self._end, timeout)
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._end, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._end, timeout))
        return _Stream(secured, self._end)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(end: float, timeout: float | None) -> float | None:
    """Return how long a step may wait, in seconds.

    :raises OutOfTime: if nothing is left.
    """
    left = end - time.monotonic()
    if left <= 0.001:  # a read that waited for the last of it may come back a little early
        raise OutOfTime
    return min(math.inf if timeout is None else timeout, left) if left < math.inf else timeout
