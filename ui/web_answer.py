"""An answer as one chat bubble.

A bubble is one line of HTML: the app's own tags around text encoded by ``ui.show``. It has no blank line, so markdown
hands it on whole, and no attribute holds anything but numbers and the app's own words.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from assistant.answer import UNSUPPORTED, Answer, Coverage, Evidence, Kind, Role, Statement
from ui.show import show

_SET_QUESTIONS = (Kind.WHO, Kind.COUNT)


def numbered(answer: Answer) -> tuple[Evidence, ...]:
    """Return the evidence of ``answer`` in the order it is quoted, each once: number ``n`` is at ``n - 1``."""
    return tuple(dict.fromkeys(e for statement in _in_order(answer) for e in statement.evidence))


def bubble(answer: Answer | None, turn: int, problem: str = "") -> str:
    """Return ``answer`` as chat markdown. Evidence ``n`` is a link to ``#ev-<turn>-<n>``.

    ``None`` stands for an answer whose first snapshot has not come; ``problem`` says why no more will come.
    """
    return _tag("div", (_body(answer, turn) if answer else "") + _foot(answer, turn, problem), "answer")


def ledger(coverage: Coverage, kind: Kind) -> str:
    """Say in one line how many letters were read and what came of it."""
    parts = [f"{coverage.read} of {coverage.letters} letters read"]
    if kind in _SET_QUESTIONS:
        parts += [f"{coverage.matched} match" + ("es" if coverage.matched == 1 else ""), f"{coverage.unsure} unsure"]
    if kind in _SET_QUESTIONS or coverage.set_aside:
        parts.append(f"{coverage.set_aside} set aside")
    return " · ".join(parts)


def _body(answer: Answer, turn: int) -> str:
    links = {evidence: f"#ev-{turn}-{n}" for n, evidence in enumerate(numbered(answer), start=1)}
    parts = [
        _tag("p", f"Understood as {_line(answer.understood)}", "understood") if answer.understood else "",
        _prose([s for s in answer.statements if s.role is Role.PROSE], links),
        *_main(answer, links),
        _asides([s for s in answer.statements if s.role is Role.ASIDE], links),
        *(_tag("p", _said(s, links), "note") for s in answer.statements if s.role is Role.NOTE),
        *(_tag("p", _line(warning), "warning") for warning in answer.warnings),
    ]
    return "".join(parts)


def _in_order(answer: Answer) -> list[Statement]:
    late = (Role.ASIDE, Role.NOTE, Role.PROSE)  # prose quotes nothing itself, and numbers stay while it grows
    return sorted(answer.statements, key=lambda s: late.index(s.role) + 1 if s.role in late else 0)


def _prose(sentences: list[Statement], links: dict[Evidence, str]) -> str:
    """A model's sentences as one paragraph, each with the numbers of the quotes it cites."""
    if not sentences:
        return ""
    return _tag("p", " ".join(_sentence(s, links) for s in sentences), "prose")


def _sentence(sentence: Statement, links: dict[Evidence, str]) -> str:
    mark = "" if sentence.supported else _tag("span", UNSUPPORTED, "unsupported")
    chips = (_chip(link) for link in sorted({links[e] for e in sentence.evidence}, key=_number))
    return "&#160;".join(part for part in (_line(sentence.text), *chips, mark) if part)


def _number(link: str) -> int:
    return int(link.rpartition("-")[2])


def _main(answer: Answer, links: dict[Evidence, str]) -> Iterable[str]:
    main = [s for s in answer.statements if s.role in (Role.LEAD, Role.ITEM)]
    for role, group in groupby(main, key=lambda s: s.role):
        if role is Role.LEAD:
            yield from (_tag("p", _said(s, links), "lead") for s in group)
        else:
            yield _tag("ul", "".join(_tag("li", _said(s, links)) for s in group), "items")


def _asides(asides: list[Statement], links: dict[Evidence, str]) -> str:
    if not asides:
        return ""
    summary = _tag("summary", f"Also worth knowing ({len(asides)})")
    items = _tag("ul", "".join(_tag("li", _said(s, links)) for s in asides), "items")
    return _tag("details", summary + items, "asides")


def _said(statement: Statement, links: dict[Evidence, str]) -> str:
    """Write the letter's id, Dossier's words or the verbatim answer, then each quote with its number."""
    answer = _tag("strong", _line(statement.answer), "said") if statement.answer else ""
    words = answer or _line(statement.text.removeprefix(statement.letter))  # the id stands before it
    quotes = (
        _tag("span", f"{_tag('span', f'“{_line(e.quote)}”', 'quote')}&#160;{_chip(links[e])}", "evidence")
        for e in dict.fromkeys(statement.evidence)
    )
    return " ".join(part for part in (_letter(statement, links), words, *quotes) if part)


def _letter(statement: Statement, links: dict[Evidence, str]) -> str:
    if not statement.letter:
        return ""
    name = _tag("strong", _line(statement.letter), "letter")
    own = [e for e in statement.evidence if e.letter == statement.letter]
    return f'<a class="open" href="{links[own[0]]}">{name}</a>' if own else name


def _chip(link: str) -> str:
    return f'<a class="chip" href="{link}" title="Show in the letter">{link.rpartition("-")[2]}</a>'


def _foot(answer: Answer | None, turn: int, problem: str) -> str:
    if problem:
        return _tag("p", show(problem), "warning")
    if answer is None or not answer.final:
        return _tag("p", "Reading the letters …" if answer is None else "Still reading …", "working")
    told = [ledger(answer.coverage, answer.kind)] if answer.coverage.letters else []
    told += [show(answer.writer), _duration(answer.elapsed_ms)]
    copy = f'<a class="copy" href="#copy-{turn}" title="Copy this answer">Copy</a>'
    return _tag("p", f"{_tag('span', ' · '.join(told))} {copy}", "ledger")


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _line(untrusted: str) -> str:
    return show(" ".join(untrusted.split()))


def _tag(name: str, inner: str, look: str = "") -> str:
    """Wrap markup (never raw text) in an element of the app's own."""
    attribute = f' class="{look}"' if look else ""
    return f"<{name}{attribute}>{inner}</{name}>"
