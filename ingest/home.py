"""The home folder: where everything Dossier stores lies, private to its owner, written by one process at a time."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from ingest.errors import DossierError, HomeBusy

DEFAULT_COHORT = "default"
_COHORT_NAME = re.compile(r"[\w][\w.\- ]{0,63}")


@dataclass(frozen=True)
class Home:
    """One folder (mode 700) with ``letters.db``, the truth, and ``index/``, a cache that can be thrown away."""

    path: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / "letters.db"

    @property
    def index(self) -> Path:
        """The folder of Chroma's files."""
        return self.path / "index"

    def words(self, cohort: str) -> Path:
        """The folder of a cohort's own subjects and facets, which need not exist."""
        return self.path / "words" / cohort

    def create(self) -> None:
        """Make the folder, readable by its owner only.

        :raises DossierError: if the folder cannot be made or written to.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if stat.S_IMODE(self.path.stat().st_mode) != 0o700:
                self.path.chmod(0o700)
        except OSError as error:
            raise DossierError(
                f"cannot use {self.path} as home ({error.strerror}): choose another folder with --home"
            ) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the home for writing; readers need no lock.

        :raises HomeBusy: at once, naming the process that holds it.
        """
        self.create()
        note = self.path / "writer.pid"
        lock = FileLock(self.path / "writer.lock", timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout as error:
            holder = note.read_text(encoding="utf-8").strip() if note.exists() else "another process"
            raise HomeBusy(f"{self.path} is being written by {holder}: wait until it is done, or stop it") from error
        except OSError as error:
            raise DossierError(
                f"{self.path} cannot be written to ({error.strerror}): copy it to a writable folder "
                "and name it with --home"
            ) from error
        try:
            note.write_text(f"process {os.getpid()}, since {datetime.now():%H:%M}", encoding="utf-8")
            yield
        finally:
            note.unlink(missing_ok=True)
            lock.release()


def find_home(named: str | Path | None = None) -> Home:
    """Return the home that ``--home`` names, else ``DOSSIER_HOME``, else the platform's data folder."""
    chosen = named or os.environ.get("DOSSIER_HOME") or platformdirs.user_data_path("dossier", appauthor=False)
    return Home(Path(chosen).expanduser().absolute())


def check_cohort_name(name: str) -> str:
    """Return ``name`` if it can name a cohort.

    :raises DossierError: if it is empty, longer than 64 characters, or holds other signs than letters, digits,
    ``.-_`` and blank.
    """
    if not _COHORT_NAME.fullmatch(name):
        raise DossierError("a cohort's name has 1 to 64 letters, digits, dots, dashes or blanks, such as 2026-summer")
    return name
