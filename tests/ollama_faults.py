"""Ways in which a model server fails, as behaviours of ``tests.ollama_protocol.FakeOllama``, by name.

Each is one that was seen: see the issue trackers of Ollama and of its clients. ``Once upon`` is what is said before a
failure in the middle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count

from tests.ollama_behaviours import plain
from tests.ollama_call import Answer, Behaviour, Call, Cut, Reply, Step, line

FOREVER = math.inf
BEFORE = "Once upon "


def missing(call: Call) -> Iterator[Step]:
    """The model was removed since it was chosen."""
    yield Answer(404, {"error": f"model '{call.model.name}' not found"})


def out_of_memory(call: Call) -> Iterator[Step]:
    yield Answer(500, {"error": "model requires more system memory (9.4 GiB) than is available (3.1 GiB)"})


def out_of_memory_inline(call: Call) -> Iterator[Step]:
    yield call.piece(BEFORE)
    yield line({"error": "an error was encountered while running the model: CUDA error: out of memory"})


def crashed(call: Call) -> Iterator[Step]:
    yield Answer(500, {"error": "llama runner process has terminated: exit status 2"})


def slow_first_token(call: Call) -> Iterator[Step]:
    yield FOREVER


def stall(call: Call) -> Iterator[Step]:
    yield call.piece(BEFORE)
    yield FOREVER


def dies_in_a_chunk(call: Call) -> Iterator[Step]:
    yield call.piece(BEFORE)
    yield Cut()


def ends_without_done(call: Call) -> Iterator[Step]:
    yield call.piece(BEFORE)
    yield call.piece("a time")


def malformed_line(call: Call) -> Iterator[Step]:
    yield call.piece(BEFORE)
    yield b'{"model": "llama3.2:3b", "mess\n'


def other_json(call: Call) -> Iterator[Step]:
    yield b'["not", "Ollama"]\n'


def proxy_page(call: Call) -> Iterator[Step]:
    yield Answer(200, b"<html><body>Please log in.</body></html>", {"Content-Type": "text/html"})


def bad_gateway(call: Call) -> Iterator[Step]:
    yield Answer(502, b"<html><body>Bad gateway</body></html>", {"Content-Type": "text/html"})


def inline_error(call: Call) -> Iterator[Step]:
    yield call.piece(BEFORE)
    yield line({"error": f"something went wrong with: {call.user}"})


def cut_off(call: Call) -> Iterator[Step]:
    """The reply used up its tokens."""
    yield call.piece(BEFORE)
    yield call.done("length")


def prompt_cut(call: Call) -> Iterator[Step]:
    """The prompt filled the context: the count stands at its end, whatever was sent."""
    yield call.piece("Fine.")
    yield call.done(prompt_eval_count=call.context)


def loops(call: Call) -> Iterator[Step]:
    for _ in count():
        yield call.piece("and so on and ")


def endless(call: Call) -> Iterator[Step]:
    """Never the same, never an end."""
    for number in count():
        yield call.piece(f"{number} and ")


def blanks(call: Call) -> Iterator[Step]:
    """Endless white space, as some models give for a schema."""
    yield call.piece("{")
    for _ in count():
        yield call.piece("\n  ")


def drips(call: Call) -> Iterator[Step]:
    """A word now and then, for ever."""
    for number in count():
        yield call.piece(f"{number} ")
        yield 0.05


def drips_bytes(call: Call) -> Iterator[Step]:
    """A byte now and then that never makes a line: no limit for a single read ends this."""
    for _ in count():
        yield b" "
        yield 0.05


def busy(call: Call) -> Iterator[Step]:
    yield Answer(503, {"error": "server busy, please try again.  maximum pending requests exceeded"})


def empty(call: Call) -> Iterator[Step]:
    yield call.done()


def only_thinks(call: Call) -> Iterator[Step]:
    yield call.piece("", thinking="Let me see.")
    yield call.done()


def thought_without_end(call: Call) -> Reply:
    return Reply("<think>Let me see, and see, and see")


def redirected(call: Call) -> Iterator[Step]:
    """To another machine."""
    yield Answer(307, b"", {"Location": "http://192.0.2.1:11434/api/chat"})


FAULTS: Mapping[str, Callable[[Call], Reply | Iterable[Step]]] = {
    fault.__name__: fault
    for fault in (
        *(missing, out_of_memory, out_of_memory_inline, crashed, slow_first_token, stall, dies_in_a_chunk),
        *(ends_without_done, malformed_line, other_json, proxy_page, bad_gateway, inline_error, cut_off, prompt_cut),
        *(loops, endless, blanks, drips, drips_bytes, busy, empty, only_thinks, thought_without_end, redirected),
    )
}


def busy_then(times: int, behaviour: Behaviour = plain) -> Behaviour:
    """Return a behaviour that is busy for the first calls, then does as another."""
    return lambda call: busy(call) if call.number < times else behaviour(call)
