"""Fit what was learned: ``python -m eval.training annotator|prototypes|weights|cascade``."""

from __future__ import annotations

import click

from eval.training import annotator, cascade, prototypes, weights


@click.group()
def main() -> None:
    """Fit the data files that Dossier learned from labelled text. Each command says what it wrote."""


main.command("annotator")(annotator.fit)
main.command("prototypes")(prototypes.fit)
main.command("weights")(weights.fit)
main.command("cascade")(cascade.fit)

if __name__ == "__main__":
    main()
