"""Take the README's picture: ``python -m tests.screenshot docs`` asks the sample cohort in a real browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

QUESTION = "who works on graph neural networks and has published?"
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def main(folder: Path) -> None:
    """Start the page on a fresh home, ask, open a letter, save ``chat.png``."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        run = [str(Path(sys.executable).with_name("dossier"))]
        environment = {**os.environ, "DOSSIER_HOME": home, "PYTHONUNBUFFERED": "1"}
        subprocess.run([*run, "ingest", "--sample"], env=environment, check=True)
        command = [*run, "ui", "--cohort", "sample", "--port", "0"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            address = next(found[0] for line in server.stdout if (found := re.search(r"http://\S+", line)))
            try:
                _shoot(address, folder / "chat.png")
            finally:
                server.terminate()


def _shoot(address: str, target: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=BROWSER)
        page = browser.new_page(viewport={"width": 1400, "height": 860})
        page.goto(address)
        page.wait_for_timeout(2500)  # until the page listens
        box = page.get_by_placeholder("Ask the letters")
        box.fill(QUESTION)
        box.press("Enter")
        page.locator("a.chip").first.click()
        page.locator("mark").first.wait_for()
        page.wait_for_timeout(800)
        page.screenshot(path=str(target))
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
