"""The systems that an evaluation can compare: one file each; this table is where a new one is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

from eval.systems.base import System
from eval.systems.shipped import ShippedSystem
from eval.systems.stock import StockSystem
from ingest.errors import DossierError

SystemFactory: TypeAlias = Callable[[], System]

SYSTEMS: Mapping[str, SystemFactory] = MappingProxyType(
    {
        "dossier": ShippedSystem,
        "stock": partial(StockSystem, "stock", top_k=5),
        "stock-k2": partial(StockSystem, "stock-k2", top_k=2),
        "stock-k10": partial(StockSystem, "stock-k10", top_k=10),
    }
)


class UnknownSystem(DossierError):
    """No system of that name; the message lists those that there are."""


def find_system(name: str) -> SystemFactory:
    """Return what makes the system called ``name``.

    :raises UnknownSystem: If there is none.
    """
    if name not in SYSTEMS:
        raise UnknownSystem(f"there is no system called {name!r}: choose one of {', '.join(SYSTEMS)}")
    return SYSTEMS[name]
