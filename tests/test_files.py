"""Finding files: everything a person would call a letter, each once, in the order a person would read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import NothingFound
from ingest.files import find_files


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")


def test_files_come_sorted_with_numbers_by_their_value(tmp_path: Path) -> None:
    touch(tmp_path, "d10.txt", "d2.txt", "D1.txt", "b/a3.pdf", "b/a20.pdf", "b/a100.pdf")
    found = [path.relative_to(tmp_path.resolve()).as_posix() for path in find_files([tmp_path])]
    assert found == ["b/a3.pdf", "b/a20.pdf", "b/a100.pdf", "D1.txt", "d2.txt", "d10.txt"]


def test_junk_and_what_is_no_document_is_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "a.txt", ".hidden.txt", "~$b.docx", "Thumbs.db", ".DS_Store", "desktop.ini", "tool.py", "film.mp4")
    touch(tmp_path, "__MACOSX/a.txt", ".git/b.txt", "deep/er/c.TXT")
    assert [path.name for path in find_files([tmp_path])] == ["a.txt", "c.TXT"]


def test_documents_that_cannot_be_read_are_not_dropped(tmp_path: Path) -> None:
    touch(tmp_path, "a.doc", "b.pages", "c.jpg", "d.xls", "e.docm", "no ending", "Anna M. Kowalska")
    assert {path.name for path in find_files([tmp_path])} == {
        *("a.doc", "b.pages", "c.jpg", "d.xls", "e.docm", "no ending", "Anna M. Kowalska")
    }


def test_a_file_that_is_named_is_returned_whatever_it_is(tmp_path: Path) -> None:
    touch(tmp_path, "notes.py")
    assert find_files([tmp_path / "notes.py"]) == [tmp_path.resolve() / "notes.py"]


def test_each_file_comes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "in/a.txt", "in/sub/b.txt")
    (tmp_path / "in/link.txt").symlink_to(tmp_path / "in/a.txt")
    (tmp_path / "other").symlink_to(tmp_path / "in", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    found = find_files([Path("in"), Path("in/sub"), Path("in/sub/../a.txt"), tmp_path / "in/a.txt", Path("other")])
    assert [path.name for path in found] == ["a.txt", "b.txt"]
    assert all(path.is_absolute() for path in found)


def test_a_link_keeps_its_own_name_and_a_broken_one_is_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "store/8f3a")
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "anna.txt").symlink_to(tmp_path / "store/8f3a")
    (letters / "gone.txt").symlink_to(tmp_path / "store/nothing")
    assert [path.name for path in find_files([letters])] == ["anna.txt"]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    touch(tmp_path, "a/a.txt")
    (tmp_path / "a/again").symlink_to(tmp_path, target_is_directory=True)
    assert [path.name for path in find_files([tmp_path])] == ["a.txt"]


def test_an_empty_folder_gives_nothing(tmp_path: Path) -> None:
    assert find_files([tmp_path]) == []
    assert find_files([]) == []


def test_a_missing_path_is_named_with_what_to_do(tmp_path: Path) -> None:
    missing = tmp_path / "lettres"
    with pytest.raises(NothingFound, match="Check the spelling") as caught:
        find_files([tmp_path, missing])
    assert str(missing) in str(caught.value)
