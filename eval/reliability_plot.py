"""The reliability diagram as an SVG file: the share of relevant letters against the mean score, a dot for each bin.

One file that needs nothing else: its own background, colours for light and dark, no script, no font but the reader's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from eval.metrics import Bin

_SIDE = 400  # of the square in which scores and shares run from 0 to 1; all lengths in pixels
_LEFT, _TOP, _RIGHT, _BOTTOM = 70, 50, 60, 60
_LARGEST = 18  # radius of the dot with the most letters
_SMALLEST = 3  # radius below which a dot is not seen
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

_STYLE = """
.paper { fill: #ffffff } .ink { fill: #1f2328 } .frame { fill: none; stroke: #6e7781 } .grid { stroke: #d8dee4 }
.diagonal, .gap { stroke: #6e7781 } .diagonal { stroke-dasharray: 5 4 }
.dot { fill: #0969da; fill-opacity: 0.75; stroke: #0969da } text { font: 13px sans-serif } .small { font-size: 11px }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117 } .ink { fill: #e6edf3 } .frame, .diagonal, .gap { stroke: #8b949e } .grid { stroke: #30363d }
.dot { fill: #58a6ff; stroke: #58a6ff }
}
"""


def reliability_plot(bins: Sequence[Bin], title: str) -> str:
    """Return the diagram of ``bins`` as SVG. A dot's area grows with its letters, whose number stands beside it.

    A line joins each dot to the diagonal: above it, letters are relevant more often than their scores say.
    """
    width, height = _LEFT + _SIDE + _RIGHT, _TOP + _SIDE + _BOTTOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        f'<text class="ink" x="{_x(0.5)}" y="{_TOP - 26}" text-anchor="middle">{escape(title)}</text>',
        *_axes(),
        *_dots(bins),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _x(value: float) -> str:
    return f"{_LEFT + value * _SIDE:.1f}"


def _y(value: float) -> str:
    return f"{_TOP + (1 - value) * _SIDE:.1f}"


def _axes() -> Iterator[str]:
    for tick in _TICKS:
        yield f'<path class="grid" d="M{_x(tick)} {_y(0)}V{_y(1)}M{_x(0)} {_y(tick)}H{_x(1)}"/>'
        yield f'<text class="ink small" x="{_x(tick)}" y="{_TOP + _SIDE + 18}" text-anchor="middle">{tick:.1f}</text>'
        yield f'<text class="ink small" x="{_LEFT - 8}" y="{_y(tick)}" dy="4" text-anchor="end">{tick:.1f}</text>'
    yield f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}"/>'
    yield f'<path class="diagonal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>'
    yield f'<text class="ink" x="{_x(0.5)}" y="{_TOP + _SIDE + 44}" text-anchor="middle">mean score</text>'
    middle = f"{_LEFT - 48} {_y(0.5)}"
    yield f'<text class="ink" transform="translate({middle}) rotate(-90)" text-anchor="middle">share relevant</text>'


def _dots(bins: Sequence[Bin]) -> Iterator[str]:
    most = max((each.n for each in bins), default=0)
    for each in bins:
        if each.mean_score is None or each.share_relevant is None:
            continue
        x, y = _x(each.mean_score), _y(each.share_relevant)
        radius = max(_SMALLEST, _LARGEST * math.sqrt(each.n / most))
        said = f"{each.n} letters, mean score {each.mean_score:.2f}, share relevant {each.share_relevant:.2f}"
        yield f'<path class="gap" d="M{x} {y}V{_y(each.mean_score)}"/>'
        yield f'<circle class="dot" cx="{x}" cy="{y}" r="{radius:.1f}"><title>{said}</title></circle>'
        yield f'<text class="ink small" x="{x}" y="{y}" dx="{radius + 4:.1f}" dy="4">{each.n}</text>'
