"""How long a call to the model server may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Seconds that a call waits before it is given up."""

    connect: float = 5.0
    silence: float = 120.0  # without a byte: loading the model and reading the prompt come before the first
    whole: float = 300.0  # from the first step to the last, however the bytes come
    pauses: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)  # before a busy server is asked again


BRIEF = Patience(connect=3.0, silence=10.0, whole=20.0)  # for what needs no model: lists and versions
