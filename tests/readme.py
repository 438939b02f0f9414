"""Write what the README shows: ``python -m tests.readme`` asks the example and measures the figures anew.

``tests/test_readme.py`` holds that what stands there is what the program says.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from rich.console import Console

README = Path(__file__).parent.parent / "README.md"
QUESTION = "who works on graph neural networks and has published?"
SETS = ("dev", "marine")
SHOWN = {
    "who, all: F1": "sets (who, how many): F1",
    "who-does: F1": "… works on: F1",
    "who-wants: F1": "… wants to learn: F1",
    "who-lacks: F1": "… knows little of: F1",
    "who-attribute: F1": "… attributes: F1",
    "who-boolean: F1": "… and, or, but not: F1",
    "who-none: F1": "… that nobody matches",
    "stance right": "stance right, of letters rightly returned",
    "evidence on gold": "evidence on the gold passage",
    "quotes verbatim": "quotes verbatim",
    "fact, letter not named: letter@1": "facts, letter not named: right letter first",
    "fact, letter named: evidence@1": "facts, letter named: first quote on the gold passage",
    "fact, letter named: answered": "… answerable ones answered",
    "not in the letter: abstained": "not in the letter: “does not say”",
}


def example(home: Path) -> str:
    """Return the README's terminal session, as the terminal shows it."""
    from assistant import open_assistant
    from eval.dataset import sample_letters
    from ingest.home import Home
    from ingest.pipeline import ingest_paths
    from ui.terminal import print_answer

    ingest_paths(Home(home), "sample", [sample_letters()])
    screen = io.StringIO()
    print_answer(Console(file=screen, width=110), open_assistant(Home(home), "sample").answer(QUESTION))
    lines = [line.rstrip() for line in screen.getvalue().splitlines()]
    return "\n".join(["```", f'$ dossier ask --cohort sample "{QUESTION}"', *lines, "```"])


def figures(workdir: Path) -> str:
    """Return the README's table: both shipped sets, Dossier beside stock LlamaIndex, with intervals."""
    from eval.report import compare
    from eval.run import run_evaluation

    tables = {name: compare(run_evaluation(name, ("dossier", "stock"), workdir=workdir)) for name in SETS}
    rows = {name: {row.label: row for row in table} for name, table in tables.items()}
    header = "| | " + " | ".join(f"{name}: Dossier | stock" for name in SETS) + " |"
    lines = [header, "|---|" + "---|---|" * len(SETS)]
    for label, shown in SHOWN.items():
        cells = [cell for name in SETS for cell in (rows[name][label].cells if label in rows[name] else ("–", "–"))]
        lines.append(f"| {shown} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def block(text: str, name: str) -> str:
    """Return what stands between ``<!-- name -->`` and ``<!-- /name -->``."""
    start, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    return text[text.index(start) + len(start) : text.index(end)]


def main() -> None:
    """Write both blocks into the README."""
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        made = {"example": example(Path(folder) / "home"), "figures": figures(Path(folder) / "eval")}
    for name, content in made.items():
        text = text.replace(block(text, name), content)
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
