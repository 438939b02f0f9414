"""What the README shows is what the program says."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from tests.readme import README, block, example, figures
from ui.cli import dossier

TEXT = README.read_text(encoding="utf-8")


def test_every_command_is_in_the_readme_or_the_help_it_points_to() -> None:
    named = set(re.findall(r"dossier (\w+)", TEXT))
    assert named <= set(dossier.commands) | {"answers"}
    assert {"ingest", "ask", "chat", "ui", "letters", "eval", "doctor", "pull"} <= named


def test_every_command_has_help() -> None:
    for name, command in dossier.commands.items():
        assert command.help, name
        assert all(not isinstance(p, click.Option) or p.help for p in command.params), name


def test_links_and_pictures_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (README.parent / target).exists(), target


@pytest.mark.slow
def test_the_example_is_what_the_terminal_shows(tmp_path: Path) -> None:
    assert block(TEXT, "example") == example(tmp_path)


@pytest.mark.slow
def test_the_figures_are_what_is_measured(tmp_path: Path) -> None:
    number = re.compile(r"\d+\.\d+")
    shown, measured = block(TEXT, "figures"), figures(tmp_path)
    assert number.sub("", shown) == number.sub("", measured)
    # another processor rounds a cosine otherwise and may turn one question of a hundred
    for one, other in zip(number.findall(shown), number.findall(measured), strict=True):
        assert abs(float(one) - float(other)) <= 0.02
