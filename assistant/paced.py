"""Growing snapshots at the pace of a screen.

A model may be silent for seconds or send a hundred snapshots in one. ``paced`` pulls them in a thread of its own, hands
on the newest at most every ``every`` seconds, and comes back at least every ``beat`` seconds, so that Stop is obeyed at
once: Gradio can close a generator only while it is not working.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")


def paced(source: Iterator[T], every: float = 0.06, beat: float = 0.25) -> Generator[T | None]:
    """Yield the newest item of ``source``, or ``None`` when a beat passes without one; the last item always comes.

    Raises what ``source`` raises. Closing this generator stops pulling and closes ``source`` at its next item.
    """
    items: SimpleQueue[T] = SimpleQueue()
    stop = threading.Event()
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dossier-answer")
    pulling = pool.submit(_pull, source, items, stop)
    try:
        while not (pulling.done() and items.empty()):
            yield _newest(items, 0 if pulling.done() else beat)
            time.sleep(every)
        pulling.result()
    finally:
        stop.set()
        pool.shutdown(wait=False)


def _pull(source: Iterator[T], items: SimpleQueue[T], stop: threading.Event) -> None:
    for item in source:
        items.put(item)
        if stop.is_set():
            break
    if isinstance(source, Generator):
        source.close()  # a model's connection is dropped here


def _newest(items: SimpleQueue[T], wait: float) -> T | None:
    item: T | None = None
    with suppress(Empty):
        item = items.get(timeout=wait)
        while True:
            item = items.get_nowait()
    return item
