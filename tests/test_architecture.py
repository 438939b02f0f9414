"""The code about itself: which way imports run, where foreign libraries live, what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import assistant

ROOT = Path(__file__).parents[1]
PACKAGES = ("ingest", "assistant", "eval", "ui")
MAY_IMPORT: Mapping[str, set[str]] = {
    "ingest": {"ingest"},
    "assistant": {"assistant", "ingest"},
    "eval": {"eval", "assistant", "ingest"},
    "ui": {"ui", "eval", "assistant", "ingest"},
}
HOMES: Mapping[str, set[str]] = {
    "chromadb": {"ingest/index.py", "eval/systems/stock.py"},
    "sentence_transformers": {"ingest/embed.py"},
    "transformers": {"ingest/embed.py", "ingest/network.py"},
    "huggingface_hub": {"ingest/embed.py"},
    "sqlite3": {"ingest/database.py", "ingest/judgements.py"},
    "sentencex": {"ingest/segment.py"},
    "snowballstemmer": {"ingest/fold.py"},
    "filelock": {"ingest/home.py"},
    "platformdirs": {"ingest/home.py"},
    "rapidfuzz": {"assistant/plain.py", "assistant/spelling.py"},
    "jsonschema": {"assistant/structured.py"},
    "llama_index": {"assistant/retrieve.py", "eval/systems/stock.py"},
}
HOME_FOLDERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("ollama", "httpx", "httpcore"), ("assistant/ollama/",)),
    "gradio": ("ui/web",),
    "uvicorn": ("ui/web",),
    "starlette": ("ui/",),
    "click": ("ui/", "eval/training/", "eval/limit", "eval/cascade"),
    "rich": ("ui/", "eval/report", "eval/training/"),
    **dict.fromkeys(("pypdf", "docx", "odfdo", "openpyxl", "bs4", "striprtf"), ("ingest/readers/",)),
}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@cache
def nodes(file: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def imported(file: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or within."""
    for node in nodes(file):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield str(node.module)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_one_way(package: str) -> None:
    assert sources(package)
    for file in sources(package):
        own = {module.split(".")[0] for module in imported(file)} & set(PACKAGES)
        assert own <= MAY_IMPORT[package], file


@pytest.mark.parametrize("library", [*HOMES, *HOME_FOLDERS])
def test_a_foreign_library_has_one_home(library: str) -> None:
    users = {
        file.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for file in sources(package)
        if library in {module.split(".")[0] for module in imported(file)}
    }
    assert users, f"nobody uses {library} any more: take it out of the table, and perhaps out of pyproject.toml"
    if library in HOMES:
        assert users <= HOMES[library]
    else:
        assert all(user.startswith(HOME_FOLDERS[library]) for user in users)


def test_sql_is_spoken_in_one_place() -> None:
    speaking = {
        file.name
        for package in PACKAGES
        for file in sources(package)
        if any(word in file.read_text(encoding="utf-8") for word in ("SELECT ", "INSERT INTO", "DELETE FROM"))
    }
    assert speaking == {"database.py", "judgements.py"}


def test_llama_indexes_global_settings_are_never_touched() -> None:
    for package in PACKAGES:
        for file in sources(package):
            for node in nodes(file):
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("llama_index"):
                    assert "Settings" not in {name.name for name in node.names}, file


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "misc"])
def test_no_file_is_a_dumping_ground(name: str) -> None:
    assert not [file for package in PACKAGES for file in sources(package) if name in file.stem]


HEAVY = ("torch", "gradio", "chromadb", "sentence_transformers", "transformers", "pandas", "ollama", "httpx")


def test_importing_loads_nothing_heavy_and_changes_nothing(tmp_path: Path) -> None:
    code = (
        "import os, sys; before = dict(os.environ)\n"
        "import ingest, ingest.pipeline, assistant, eval, eval.run, ui.cli, ui.desk, ui.batch, ui.doctor, ui.terminal\n"
        "import assistant.ollama, assistant.structured\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], dict(os.environ) == before, os.listdir())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert (done.stdout, done.stderr) == ("[] True []\n", "")


def test_the_public_names_are_what_is_exported() -> None:
    modules = {path.stem for path in (ROOT / "assistant").iterdir()} | {"training"}
    public = {name for name in vars(assistant) if not name.startswith("_")} - modules
    assert sorted(assistant.__all__) == sorted(public)
    assert assistant.__all__ == sorted(assistant.__all__)


def test_every_package_is_installed() -> None:
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    there = {
        file.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for package in PACKAGES
        for file in (ROOT / package).rglob("__init__.py")
    }
    assert sorted(listed) == sorted(there)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_function_prints_by_itself(package: str) -> None:
    for file in sources(package):
        for node in nodes(file):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print", f"{file}:{node.lineno}"
