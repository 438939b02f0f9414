"""What Dossier knows of fields of work and of what organisers ask: files that ship with it, and a cohort's own.

A cohort's own files lie in its folder under the home's ``words`` and have the same form as ``data/subjects.toml`` and
``data/facets.toml``. They add to those that ship, or, where they begin with ``replace = true``, stand in their place.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from assistant.facets import Facets
from assistant.subjects import Thesaurus
from ingest.errors import DossierError

SUBJECTS, FACETS = "subjects.toml", "facets.toml"
_LISTS = ("names", "methods", "signs", "parents", "weak", "not")  # of a subject
_PATTERNS = ("ask", "say", "unless")  # of a facet


@dataclass(frozen=True)
class Domain:
    """The subjects and the facets of a cohort."""

    subjects: Thesaurus
    facets: Facets


@cache
def shipped() -> Domain:
    """Return what comes with Dossier."""
    return Domain(Thesaurus(_shipped(SUBJECTS)["subject"]), Facets(_shipped(FACETS)))


def domain_in(folder: Path) -> Domain:
    """Return what is known of a cohort whose own files lie in ``folder``; what ships if it has none.

    :raises DossierError: if a file there cannot be used, with the place in it.
    """
    subjects, facets = _own(folder / SUBJECTS, "subject"), _own(folder / FACETS, "facet")
    for entry in subjects.get("subject", ()):
        _check(entry, _LISTS, folder / SUBJECTS)
    for entry in facets.get("facet", ()):
        _check(entry, _PATTERNS, folder / FACETS)
        _check_patterns(entry, folder / FACETS)
    known = shipped()
    if subjects:
        entries = _merged(subjects, _shipped(SUBJECTS), "subject")
        _check_parents(entries, folder / SUBJECTS)
        known = replace(known, subjects=Thesaurus(entries))
    if facets:
        merged = _merged(facets, _shipped(FACETS), "facet")
        known = replace(known, facets=Facets({**_shipped(FACETS), "facet": merged}))
    return known


def _merged(own: Mapping[str, Any], ours: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The entries of both, its own first: a name belongs to the first that has it.

    One that has the name of one of ours adds to its lists.
    """
    known = {} if own.get("replace") else {entry["name"]: entry for entry in ours[kind]}
    entries = []
    for entry in own.get(kind, ()):
        old = known.pop(entry["name"], {})
        lists = {key: [*old[key], *entry[key]] for key in entry if key in old and isinstance(entry[key], list)}
        entries.append({**old, **entry, **lists})
    return [*entries, *known.values()]


def _own(path: Path, kind: str) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise DossierError(f"{path} cannot be read: save it as text in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise DossierError(f"{path} is not TOML: {error}") from error
    if set(found) - {kind, "replace"} or not isinstance(found.get(kind, []), list):
        raise DossierError(f"{path} may hold [[{kind}]] tables and replace = true, nothing else")
    return found


def _check(entry: object, lists: tuple[str, ...], path: Path) -> None:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
        raise DossierError(f"{path}: every entry needs a name")
    for key in lists:
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise DossierError(f"{path}: {key} of {entry['name']!r} must be a list of texts")


def _check_parents(entries: Sequence[Mapping[str, Any]], path: Path) -> None:
    names = {entry["name"] for entry in entries}
    for entry in entries:
        for parent in entry.get("parents", ()):
            if parent not in names:
                raise DossierError(f"{path}: parents of {entry['name']!r}: no subject {parent!r}")


def _check_patterns(entry: Mapping[str, Any], path: Path) -> None:
    for key in _PATTERNS:
        for pattern in entry.get(key, ()):
            try:
                re.compile(re.sub(r"\{[a-z]+(?::[^{}]*)?\}", "x", pattern))
            except re.error as error:
                raise DossierError(f"{path}: {key} of {entry['name']!r} is no regular expression: {error}") from error


@cache
def _shipped(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("assistant.data") / name).read_text(encoding="utf-8"))
