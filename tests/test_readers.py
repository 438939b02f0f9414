"""Readers: real files of every format, made here with real libraries, and the letters that must come out of them."""

from __future__ import annotations

import csv
import datetime
import io
import logging
import random
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import docx
import odfdo
import openpyxl
import pypdf
import pytest
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.letters import Draft, SetAside, canonical
from ingest.readers import READERS, ReadOptions, names, read_file
from ingest.readers.limits import LETTER_CHARACTERS

RUSSIAN = (
    "Уважаемая приёмная комиссия! Меня зовут Анна Ковалёва, я студентка третьего курса Новосибирского университета. "
    "Я хотела бы принять участие в вашей летней школе, потому что последние два года занимаюсь порождающими моделями, "
    "а именно диффузионными моделями для восстановления изображений. В моей курсовой работе я сравнила несколько "
    "способов ускорения выборки и показала, что качество почти не падает при десяти шагах. Кроме того, я веду кружок "
    "по программированию для школьников. Мне потребуется виза и место в общежитии. С уважением, Анна."
)
GERMAN = (
    "Sehr geehrte Damen und Herren, mit großem Interesse habe ich von Ihrer Sommerschule gehört. Ich studiere im "
    "vierten Semester Informatik an der Universität Tübingen und beschäftige mich seit über einem Jahr mit "
    "maschinellem Lernen. In meiner Bachelorarbeit untersuche ich, wie sich Diffusionsmodelle für die Entrauschung "
    "von Röntgenbildern einsetzen lassen. Außerdem arbeite ich als studentische Hilfskraft an einem Lehrstuhl für "
    "Bildverarbeitung, wo ich für die Auswertung größerer Datensätze zuständig bin. Ich würde mich sehr freuen, wenn "
    "ich teilnehmen dürfte. Mit freundlichen Grüßen, Jörg Müller"
)
FRENCH = (
    "Madame, Monsieur, je suis étudiante en deuxième année de master à l’université de Grenoble et je souhaite "
    "participer à votre école d’été. Depuis un an, je travaille sur l’apprentissage automatique appliqué à la "
    "météorologie : j’ai développé un modèle de prévision des précipitations à très courte échéance, qui a été évalué "
    "sur des données réelles. J’aimerais approfondir mes connaissances, rencontrer d’autres chercheurs et présenter "
    "mes résultats. Grâce à une bourse, mes frais de déplacement sont déjà couverts. Hélène Lefèvre"
)
CHINESE = (
    "尊敬的评审老师：您好！我叫李明，是清华大学计算机系三年级的学生。我对机器学习特别是扩散模型非常感兴趣。"
    "在过去的一年里，我参加了实验室的科研项目，主要研究如何加快图像生成的速度。我们提出了一种新的采样方法，"
    "可以在保持图像质量的同时减少计算时间。相关成果已经投稿到国际会议。\n我希望通过参加这次暑期学校，"
    "能够与来自世界各地的同学交流，开阔自己的视野。我不需要住宿补助，但是需要签证方面的帮助。李明"
)
ENGLISH = (
    "Dear committee, I’m a third-year student at the University of Zürich and I would like to apply for the summer "
    "school. My work is on score matching: over the last year I’ve trained a small model that learns to remove noise "
    "from audio, and my supervisor, Dr. José Núñez, says it is “surprisingly good”. I wrote most of the training code, "
    "ran the ablations and presented a poster at a local workshop – my first one. What I do not yet understand well "
    "is the theory. I would need a visa, and I can cover my travel. Best regards, Zoë"
)
POLISH = (
    "Szanowni Państwo, nazywam się Łukasz Żółkiewski i jestem studentem trzeciego roku informatyki na Uniwersytecie "
    "Warszawskim. Chciałbym wziąć udział w szkole letniej, ponieważ od dwóch lat zajmuję się uczeniem maszynowym, a w "
    "szczególności modelami dyfuzyjnymi. W pracy licencjackiej porównałem kilka metod przyspieszania próbkowania i "
    "pokazałem, że jakość prawie nie spada. Będę potrzebował wizy oraz miejsca w akademiku. Z poważaniem, Łukasz"
)


# ---- reading ---------------------------------------------------------------------------------------------------------


def read(source: str, data: bytes, **options: object) -> list[Draft | SetAside]:
    return list(read_file(source, data, ReadOptions(**options)))  # type: ignore[arg-type]


def text_of(source: str, data: bytes) -> str:
    (draft,) = read(source, data)
    assert isinstance(draft, Draft), draft
    assert draft.source == source
    assert draft.text == canonical(draft.text)
    return draft.text


def reason_of(source: str, data: bytes, **options: object) -> str:
    (aside,) = read(source, data, **options)
    assert isinstance(aside, SetAside), aside
    assert aside.source == source
    return aside.reason


# ---- making files ----------------------------------------------------------------------------------------------------


def make_pdf(*pages: str, images: bool = False) -> bytes:
    """A PDF as small as can be: Helvetica, one text line for each line, 14 points apart."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for page in pages:
        shown = "".join(f"({line}) Tj T*\n" for line in page.split("\n"))
        content = f"BT /F1 12 Tf 14 TL 72 770 Td\n{shown}ET" if not images else "0 0 100 100 re f"
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects) + 2} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return f"{out}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode("latin-1")


def encrypt(data: bytes, password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    return saved(writer.write)


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def make_zip(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def change_zip(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The zip with each member's bytes changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return make_zip({name: change(name, archive.read(name)) for name in archive.namelist()})


def make_csv(*rows: list[str], delimiter: str = ",") -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue().encode()


def make_xlsx(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book.save)


def make_docx() -> bytes:
    document = docx.Document()
    document.add_heading("Motivation", level=1)
    document.add_paragraph("I work on score matching.")
    document.add_paragraph("Python", style="List Bullet")
    document.add_paragraph("Patience", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, value in zip(table._cells, ["Year", "Place", "2025", "Zürich"], strict=True):
        cell.text = value
    document.add_paragraph("Best regards,\nAnna")
    return saved(document.save)


def make_odt() -> bytes:
    document = odfdo.Document("text")
    document.body.clear()
    document.body.append(odfdo.Header(1, "Motivation"))
    document.body.append(odfdo.Paragraph("I work on score matching."))
    document.body.append(odfdo.List(["Python", "Patience"]))
    table = odfdo.Table("t")
    table.set_values([["Year", "Place"], ["2025", "Zürich"]])
    document.body.append(table)
    document.body.append(odfdo.Paragraph("Best regards,\nAnna"))
    return saved(document.save)


RTF = (
    rb"{\rtf1\ansi\ansicpg1251\deff0{\fonttbl{\f0\fcharset204 Times;}}{\*\generator Word;}\pard "
    rb"\'cf\'f0\'e8\'e2\'e5\'f2, \u1072?\par I work on\line score matching.\par "
    rb"{\pntext\f0\'b7\tab}Python\par {\listtext 1.\tab}Patience\par "
    rb"Seen {\v hidden {\b words}}and \v more\v0 seen \u-10179?\u-8704?.\par}"
)

HTML = """<!DOCTYPE html><html><head><title>Title</title><style>p {color: red}</style></head><body>
<!-- a comment --><h1>Motivation</h1>
<p>I work <i> on </i> <b>score</b>
   matching<script>evil()</script>.</p>
<div>line one</div><div>line two</div><div><br></div><div>line four</div>
<ul><li>Python</li><li><p>Patience</p></li></ul>
<table><tr><th>Year</th><th>Place</th></tr><tr><td><p>2025</p></td><td>Zürich</td></tr></table>
<p style="display: none">hidden</p><p hidden>hidden</p><p style="font-size:0px">hidden</p>
<template>hidden</template><noscript>hidden</noscript>
<p style="font-size: large">Best regards,<br>Anna</p></body></html>"""

STRUCTURED = (
    "Motivation\n\nI work on score matching.\n\n{}- Python\n- Patience\n\n"
    "Year | Place\n2025 | Zürich\n\nBest regards,\nAnna"
)


@cache
def good_files() -> dict[str, bytes]:
    """A good file of every format."""
    letter = b"Dear committee, I work on score matching. " * 10
    table = [["id", "letter"], ["a1", letter.decode()], ["a2", letter.decode()]]
    return {
        **dict.fromkeys((".txt", ".text", ".md", ".markdown"), letter),
        ".pdf": make_pdf("I work on score matching.", "And on audio."),
        ".docx": make_docx(),
        ".odt": make_odt(),
        ".rtf": RTF,
        **dict.fromkeys((".html", ".htm"), HTML.encode()),
        ".csv": make_csv(*table),
        ".tsv": make_csv(*table, delimiter="\t"),
        ".xlsx": make_xlsx(*[list[object](row) for row in table]),
        ".zip": make_zip({"a.txt": letter, "b.docx": make_docx(), "c.csv": make_csv(*table)}),
    }


# ---- the contract, for every format ----------------------------------------------------------------------------------


def test_the_table_and_the_names_agree() -> None:
    assert set(READERS) == names.LETTER_SUFFIXES | names.MANY_SUFFIXES == set(good_files())


@pytest.mark.parametrize("suffix", READERS)
def test_a_good_file_is_read_whatever_the_case_of_its_ending(suffix: str) -> None:
    drafts = read(f"/letters/Anna K{suffix.upper()}", good_files()[suffix])
    assert drafts
    assert all(isinstance(draft, Draft) and draft.text == canonical(draft.text) for draft in drafts)
    assert len({draft.source for draft in drafts}) == len(drafts)
    if suffix in names.LETTER_SUFFIXES:
        assert [(draft.source, draft.name) for draft in drafts] == [(f"/letters/Anna K{suffix.upper()}", "Anna K")]


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize("data", [b"", b" \n\t "], ids=["no bytes", "spaces"])
def test_an_empty_file_says_so(suffix: str, data: bytes) -> None:
    assert reason_of(f"/a{suffix}", data) == "empty: no text in it"


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_file_cut_short_is_no_traceback(suffix: str, share: float, capfd: pytest.CaptureFixture[str]) -> None:
    data = good_files()[suffix]
    for item in read(f"/a{suffix}", data[: int(share * len(data))]):
        assert isinstance(item, Draft) or (item.reason and "score" not in item.reason)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", READERS)
@settings(max_examples=15, deadline=None)
@given(data=st.binary(max_size=2000))
def test_bytes_of_any_kind_never_raise(suffix: str, data: bytes) -> None:
    for start in (b"", good_files()[suffix][:12]):
        assert all(isinstance(item, Draft | SetAside) for item in read(f"/a{suffix}", start + data))


@pytest.mark.parametrize("suffix", READERS)
def test_a_good_file_with_bytes_changed_never_raises(suffix: str, capfd: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(suffix)
    for _ in range(25):
        data = bytearray(good_files()[suffix])
        for _ in range(chance.randrange(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        assert all(isinstance(item, Draft | SetAside) for item in read(f"/a{suffix}", bytes(data)))
    assert capfd.readouterr() == ("", "")


def test_parsers_leave_warnings_and_logging_as_they_were(caplog: pytest.LogCaptureFixture) -> None:
    level, filters = logging.getLogger("pypdf").level, list(warnings.filters)
    read("/a.pdf", make_pdf("A letter.")[:-30])
    assert (logging.getLogger("pypdf").level, list(warnings.filters)) == (level, filters)
    assert not caplog.records


def test_importing_the_readers_imports_no_parser() -> None:
    code = "import sys, ingest.readers, ingest.files; print(*sys.modules)"
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"pypdf", "docx", "odfdo", "openpyxl", "bs4", "lxml", "chardet", "striprtf"}


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("a.doc", "save as .docx or PDF"),
        ("a.DOCM", "save as .docx or PDF"),
        ("a.pages", "Export To"),
        ("a.xls", "save as .xlsx or CSV"),
        ("a.jpg", "needs OCR"),
        ("a.png", "needs OCR"),
        ("a.rar", ".zip"),
        ("a.xyz", "cannot read .xyz files"),
        ("Anna M. Kowalska", "no file ending"),
        ("letter.2026", "no file ending"),
        ("Anna.Kowalska", "no file ending"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(name: str, part: str) -> None:
    assert part in reason_of(f"/letters/{name}", b"whatever")


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_a_letter_may_have_200_000_characters_and_not_one_more() -> None:
    assert len(text_of("/a.txt", b"a" * LETTER_CHARACTERS)) == 200_000
    assert reason_of("/a.txt", b"a" * 200_001).startswith("too large: 200,001 characters; one letter may have 200,000")


def test_a_file_may_have_50_megabytes() -> None:
    assert reason_of("/a.pdf", b"%PDF-" + bytes(50_000_000)) == "too large: 51 MB; 50 are allowed"


@pytest.mark.parametrize("text", ["---", "…!?", "\u200b\u200b"])
def test_a_letter_needs_a_word(text: str) -> None:
    assert reason_of("/a.txt", text.encode()) == "empty: no text in it"


def test_one_character_is_a_letter() -> None:
    assert text_of("/a.txt", b"x") == "x"


# ---- encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((RUSSIAN, encoding) for encoding in ("cp1251", "koi8-r", "cp866", "utf-8", "utf-16-le", "utf-16-be")),
        *((GERMAN, encoding) for encoding in ("cp1252", "latin-1", "utf-8", "utf-16-le", "utf-16-be")),
        *((FRENCH, encoding) for encoding in ("cp1252", "utf-16-le")),
        *((ENGLISH, encoding) for encoding in ("cp1252", "utf-8", "utf-16-be")),
        *((POLISH, encoding) for encoding in ("cp1250", "iso8859-2")),
        *((CHINESE, encoding) for encoding in ("gb18030", "gbk", "utf-8", "utf-16-le", "utf-16-be")),
    ],
    ids=lambda value: value if len(value) < 12 else value[:6],
)
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".csv"])
def test_letters_are_read_in_the_alphabet_they_were_written_in(text: str, encoding: str, suffix: str) -> None:
    wrapped = {".html": f"<p>{text}</p>", ".csv": f'name,letter\nA,"{text}"\n'}.get(suffix, text)
    (draft,) = read(f"/a{suffix}", wrapped.encode(encoding))
    assert isinstance(draft, Draft)
    assert draft.text == (text.replace("\n", " ") if suffix == ".html" else text)


@pytest.mark.parametrize("size", [150, 250])
def test_short_letters_too(size: int) -> None:
    for text, encoding in ((RUSSIAN, "koi8-r"), (GERMAN, "cp1252"), (FRENCH, "cp1252"), (CHINESE[: size // 2], "gbk")):
        assert text_of("/a.txt", text[:size].encode(encoding)) == canonical(text[:size])


@settings(max_examples=200, deadline=None)
@given(text=st.text())
@example("a\r\nb\rc\u2028d")
@example("e\u0301 \U0001f600")
def test_any_text_with_a_byte_order_mark_comes_through(text: str) -> None:
    for codec in ("utf-8-sig", "utf-16"):
        if codec == "utf-16" and text.startswith("\0"):
            continue  # FF FE 00 00 is the mark of UTF-32 as well
        (item,) = read("/a.txt", text.encode(codec))
        if isinstance(item, Draft):
            assert item.text == canonical(text)
        else:
            assert item.reason == "empty: no text in it"
            assert not any(c.isalnum() for c in canonical(text))


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cn", "Co", "Cs"))))
def test_any_utf_8_comes_through(text: str) -> None:
    (item,) = read("/a.txt", ("A " + text).encode())
    assert isinstance(item, Draft)
    assert item.text == canonical("A " + text)


@pytest.mark.parametrize(
    "data",
    [random.Random(0).randbytes(5000), b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, bytes(3000), b"ab\0\0\0" * 500],
    ids=["random", "image", "NUL", "much NUL"],
)
@pytest.mark.parametrize("suffix", [".txt", ".csv", ".html"])
def test_binary_data_is_no_letter(data: bytes, suffix: str) -> None:
    assert reason_of(f"/a{suffix}", data).startswith(("not a text file", "unknown text encoding"))


@pytest.mark.parametrize("data", ["\ufeffé".encode()[:-1], "\ufeffé".encode("utf-16-le")[:-1]], ids=["utf-8", "utf-16"])
def test_a_file_that_breaks_the_word_of_its_byte_order_mark_is_not_guessed_at(data: bytes) -> None:
    assert reason_of("/a.txt", data) == "unknown text encoding: save it as UTF-8"


def test_a_stray_nul_does_no_harm() -> None:
    assert text_of("/a.txt", ENGLISH.encode() + b"\0") == ENGLISH


@pytest.mark.parametrize(
    ("data", "part"),
    [(make_pdf("A letter."), "rename it to end in .pdf"), (make_zip({"a.txt": b"a"}), ".docx"), (RTF, ".rtf")],
    ids=["pdf", "zip", "rtf"],
)
def test_a_wrong_ending_is_told(data: bytes, part: str) -> None:
    assert part in reason_of("/a.txt", data)


# ---- pdf -------------------------------------------------------------------------------------------------------------


def test_a_pdf_is_one_letter_with_its_paragraphs() -> None:
    first = (
        "Dear committee,\n"
        "I am a third-year student at the University and I would like to apply to your\n"
        "School. My work is on score matching: over the last year I have trained a gener-\n"
        "ative model that learns to remove noise from audio, and a state-of-\n"
        "the-art one for images.\n"
        "I would need a visa, and I can cover the travel from here to there on my own and\n"
        "1"
    )
    second = "without help.\nWhat I bring:\n- Python\n- Patience\nBest regards,\nAnna\nPage 2 of 2"
    assert text_of("/a.pdf", make_pdf(first, second)) == (
        "Dear committee,\n"
        "I am a third-year student at the University and I would like to apply to your School. My work is on score "
        "matching: over the last year I have trained a generative model that learns to remove noise from audio, and a "
        "state-of-the-art one for images.\n\n"
        "I would need a visa, and I can cover the travel from here to there on my own and without help.\n\n"
        "What I bring:\n- Python\n- Patience\nBest regards,\nAnna"
    )


def test_a_dash_or_a_number_at_the_start_of_a_wrapped_line_is_no_list_item() -> None:
    page = (
        "I ran the ablations and presented my work as a poster at a local workshop in May\n"
        "- my first one, in a small town in the north, where I stayed from the 2. to the\n"
        "12. March with friends.\n"
        "I know:\n- how to train a model that is much larger than the memory of the computer I own\n- Python\n"
        "1. I want to learn.\n2. I want to teach."
    )
    assert text_of("/a.pdf", make_pdf(page)) == (
        "I ran the ablations and presented my work as a poster at a local workshop in May - my first one, in a small "
        "town in the north, where I stayed from the 2. to the 12. March with friends.\n\n"
        "I know:\n- how to train a model that is much larger than the memory of the computer I own\n- Python\n"
        "1. I want to learn.\n2. I want to teach."
    )


def test_an_encrypted_pdf_says_so_and_one_without_password_opens() -> None:
    plain = make_pdf("I work on score matching.")
    assert reason_of("/a.pdf", encrypt(plain, "secret")) == "encrypted: remove the password and try again"
    assert text_of("/a.pdf", encrypt(plain, "")) == "I work on score matching."


def test_a_scanned_pdf_needs_ocr() -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(width=595, height=842)
    for data in (make_pdf("", images=True), saved(writer.write)):
        assert reason_of("/a.pdf", data) == "no text, only images: needs OCR (text recognition)"


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.4\nnothing", b"no PDF at all", make_pdf("A")[:100], saved(pypdf.PdfWriter().write)],
    ids=["header only", "text", "cut", "no pages"],
)
def test_a_broken_pdf_says_so(data: bytes) -> None:
    assert reason_of("/a.pdf", data).startswith("broken PDF")


def test_a_pdf_may_have_100_pages() -> None:
    assert text_of("/a.pdf", make_pdf(*["word"] * 100)).count("word") == 100
    assert reason_of("/a.pdf", make_pdf(*["word"] * 101)) == "too long: 101 pages; one letter may have 100"


# ---- word processors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "between"),
    [(".docx", ""), (".odt", ""), (".html", "line one\nline two\n\nline four\n\n")],
)
def test_structure_comes_out_the_same_from_every_format(suffix: str, between: str) -> None:
    assert text_of(f"/a{suffix}", good_files()[suffix]) == STRUCTURED.format(between)


def test_docx_leaves_out_what_is_not_seen() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("I ")
    paragraph.add_run("secretly ").font.hidden = True
    paragraph.add_run("work on ")
    deleted = parse_xml(
        '<w:del xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:r><w:delText>nothing</w:delText></w:r></w:del>"
    )
    inserted = parse_xml(
        '<w:ins xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:r><w:t>score matching.</w:t></w:r></w:ins>"
    )
    paragraph._p.extend([deleted, inserted])
    document.add_comment(paragraph.runs, text="a comment")
    document.sections[0].header.paragraphs[0].text = "a header"
    hidden = document.styles.add_style("Ghost", 1)
    hidden.font.hidden = True
    document.add_paragraph("a ghost", style="Ghost")
    assert text_of("/a.docx", saved(document.save)) == "I work on score matching."


def test_docx_finds_text_in_content_controls_boxes_and_notes() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("In a control.")
    box = document.add_paragraph("Before the box.")
    box._p.append(
        parse_xml(
            '<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
            'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:AlternateContent>'
            "<mc:Choice><w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent></mc:Choice>"
            "<mc:Fallback><w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent></mc:Fallback>"
            "</mc:AlternateContent></w:r>"
        )
    )
    control = paragraph._p.makeelement(qn("w:sdt"))
    content = control.makeelement(qn("w:sdtContent"))
    paragraph._p.addprevious(control)
    control.append(content)
    content.append(paragraph._p)
    notes = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        '<w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
        '<w:footnote w:id="1"><w:p><w:r><w:t>Published in 2025.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    part = docx.opc.part.Part(
        docx.opc.packuri.PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        notes.encode(),
        document.part.package,
    )
    document.part.relate_to(part, docx.opc.constants.RELATIONSHIP_TYPE.FOOTNOTES)
    expected = "In a control.\n\nBefore the box.\n\nIn a box.\n\nPublished in 2025."
    assert text_of("/a.docx", saved(document.save)) == expected


def test_a_letter_inside_a_layout_table_keeps_its_paragraphs() -> None:
    document = docx.Document()
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    cell.text = "Dear committee,"
    cell.add_paragraph("I work on score matching.")
    assert text_of("/a.docx", saved(document.save)) == "Dear committee,\n\nI work on score matching."


def test_odt_leaves_out_what_is_not_seen_and_keeps_notes() -> None:
    document = odfdo.Document("text")
    document.body.clear()
    hidden = odfdo.Style("text", name="Ghost", display="none")
    document.insert_style(hidden, automatic=True)
    paragraph = odfdo.Paragraph("I work ")
    span = odfdo.Span("secretly ", style="Ghost")
    paragraph.append(span)
    paragraph.append_plain_text("on score  matching")
    paragraph.insert_annotation(after="matching", body="a comment", creator="me")
    paragraph.insert_note(after="matching", note_id="n1", citation="1", body="Published in 2025.")
    document.body.append(paragraph)
    assert text_of("/a.odt", saved(document.save)) == "I work on score  matching\n\nPublished in 2025."


@pytest.mark.parametrize("suffix", [".docx", ".odt", ".xlsx"])
def test_a_doctype_is_refused(suffix: str) -> None:
    def change(name: str, data: bytes) -> bytes:
        declared = b'<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
        head, end, rest = data.partition(b"?>")
        return head + end + declared + rest if name.endswith(("document.xml", "content.xml", "sheet1.xml")) else data

    assert "DOCTYPE" in reason_of(f"/a{suffix}", change_zip(good_files()[suffix], change))


def test_a_doctype_in_utf_16_is_refused() -> None:
    def change(name: str, data: bytes) -> bytes:
        if name != "word/document.xml":
            return data
        text = data.decode().replace("UTF-8", "UTF-16").replace("?>", "?><!DOCTYPE x>", 1)
        return text.encode("utf-16")

    assert "DOCTYPE" in reason_of("/a.docx", change_zip(make_docx(), change))


@pytest.mark.parametrize("suffix", [".docx", ".odt", ".xlsx"])
def test_office_files_that_are_locked_or_something_else(suffix: str) -> None:
    assert reason_of(f"/a{suffix}", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)).startswith("encrypted")
    assert reason_of(f"/a{suffix}", b"Dear committee").startswith(f"broken {suffix[1:].upper()}")
    assert reason_of(f"/a{suffix}", make_zip({"a.txt": b"a"})).startswith(f"broken {suffix[1:].upper()}")
    assert "packed" in reason_of(f"/a{suffix}", make_zip({"a.xml": bytes(19_000_000)}))


def test_a_docx_whose_xml_is_too_large_is_not_parsed() -> None:
    data = make_zip({"word/document.xml": bytes(20_000_001)}, zipfile.ZIP_STORED)
    assert reason_of("/a.docx", data) == "too large: 21 MB when unpacked; 20 are allowed"


def test_rtf_with_its_own_alphabet_hidden_text_and_lists() -> None:
    assert text_of("/a.rtf", RTF) == (
        "Привет, а\n\nI work on\nscore matching.\n\n- Python\n- Patience\n\nSeen and seen \U0001f600."
    )


def test_rtf_with_raw_bytes_and_a_picture() -> None:
    picture = b"{\\pict " + b"89504e47" * 1000 + b"}"
    data = b"{\\rtf1\\ansi\\ansicpg1251 " + RUSSIAN.encode("cp1251") + picture + b"\\par}"
    assert text_of("/a.rtf", data) == RUSSIAN
    assert reason_of("/a.rtf", b"Dear committee").startswith("broken RTF")


@pytest.mark.parametrize(
    ("declared", "written"),
    [("windows-1251", "cp1251"), ("koi8-r", "koi8-r"), ("utf-8", "cp1251"), ("nonsense", "utf-8")],
)
def test_html_in_the_declared_alphabet_unless_that_is_wrong(declared: str, written: str) -> None:
    page = f'<html><head><meta charset="{declared}"></head><body><p>{RUSSIAN}</p></body></html>'
    assert text_of("/a.html", page.encode(written)) == RUSSIAN


def test_html_that_calls_itself_latin_1_is_windows_1252() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><p>I’m “here”</p>'
    assert text_of("/a.html", page.encode("cp1252")) == "I’m “here”"


def test_html_nested_without_end_is_no_traceback() -> None:
    read("/a.html", b"<div>" * 20_000 + b"A letter.")


# ---- tables ----------------------------------------------------------------------------------------------------------

LONG = "I work on score matching. " * 10  # 260 characters
LONG_AS_READ = LONG.strip()


def drafts_of(source: str, data: bytes, **options: object) -> list[tuple[str, str, str, dict[str, str]]]:
    drafts = read(source, data, **options)
    assert all(isinstance(draft, Draft) for draft in drafts), drafts
    return [(d.source, d.name, d.text, dict(d.metadata)) for d in drafts if isinstance(d, Draft)]


TABLE = [["Name", "Application ID", "Country", "Letter"], ["Anna", "a-7", "", LONG], ["Ben", "a-9", "Peru", LONG]]
TABLE_AS_READ = [
    ("a-7", "a-7", LONG_AS_READ, {"Name": "Anna"}),
    ("a-9", "a-9", LONG_AS_READ, {"Name": "Ben", "Country": "Peru"}),
]


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("/f.csv", make_csv(*TABLE)),
        ("/f.csv", make_csv(*TABLE, delimiter=";")),
        ("/f.csv", make_csv(*TABLE, delimiter="|")),
        ("/f.csv", b"sep=;\r\n" + make_csv(*TABLE, delimiter=";")),
        ("/f.csv", "\ufeff".encode() + make_csv(*TABLE, delimiter="\t")),
        ("/f.tsv", make_csv(*TABLE, delimiter="\t")),
        ("/f.xlsx", make_xlsx(*[list[object](row) for row in TABLE])),
    ],
    ids=["comma", "semicolon", "bar", "sep=", "tab", "tsv", "xlsx"],
)
def test_a_form_export_gives_one_letter_for_each_row(source: str, data: bytes) -> None:
    assert drafts_of(source, data) == [(f"{source}#{place}", *rest) for place, *rest in TABLE_AS_READ]


def test_rows_without_an_id_are_numbered_without_the_empty_ones() -> None:
    data = make_csv(["Name", "Letter"], ["Anna", LONG], ["", ""], ["Anna", LONG])
    assert [(source, name) for source, name, *_ in drafts_of("/f.csv", data)] == [
        ("/f.csv#row-1", "row-1"),
        ("/f.csv#row-2", "row-2"),
    ]


def test_a_column_of_equal_ids_takes_no_time() -> None:
    data = make_csv(["country", "Letter"], *[["Peru", "x" * 200]] * 20_000)
    assert drafts_of("/f.csv", data, id_column="country")[-1][1] == "Peru-20000"


def test_ids_that_come_twice_or_not_at_all_are_made_unique() -> None:
    data = make_csv(["key", "Letter"], *([key, LONG] for key in ("a", "a", "", "a-2", "row-3")))
    found = drafts_of("/f.csv", data, id_column="KEY")
    assert [name for _, name, *_ in found] == ["a", "a-2", "row-3", "a-2-2", "row-3-2"]
    assert [source for source, *_ in found] == [f"/f.csv#{name}" for _, name, *_ in found]


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("ID", ["7", "9"], ["7", "9"]),
        ("Applicant no.", ["7", "9"], ["7", "9"]),
        ("Nr", ["7", "9"], ["7", "9"]),
        ("№", ["7", "9"], ["7", "9"]),
        ("file_name", ["a.pdf", "b.pdf"], ["a.pdf", "b.pdf"]),
        ("ID", ["7", "7"], ["row-1", "row-2"]),  # not unique
        ("ID", ["7", ""], ["row-1", "row-2"]),  # not everywhere
        ("ID", ["7" * 65, "9"], ["row-1", "row-2"]),  # not short
        ("Name", ["7", "9"], ["row-1", "row-2"]),  # not an id
    ],
)
def test_the_id_column_is_found(header: str, values: list[str], expected: list[str]) -> None:
    data = make_csv([header, "Letter"], *([value, LONG] for value in values))
    assert [name for _, name, *_ in drafts_of("/f.csv", data)] == expected


@pytest.mark.parametrize(
    ("headers", "lengths", "expected"),
    [
        (["A", "B"], [199, 200], "B"),  # long
        (["A", "B", "C"], [300, 20, 400], "A\n\n…\n\nC"),  # all that are long
        (["A", "Why do you apply?", "C"], [150, 80, 20], "Why do you apply?"),  # named
        (["A", "Motivation", "C"], [120, 79, 20], "A"),  # the longest
    ],
)
def test_the_letter_columns_are_found(headers: list[str], lengths: list[int], expected: str) -> None:
    cells = ["x" * length for length in lengths]
    ((_, _, text, metadata),) = drafts_of("/f.csv", make_csv(headers, cells))
    used = [header for header in headers if header not in metadata]
    assert "\n\n…\n\n".join(used) == expected
    parts = [f"{header}\n\n{cells[headers.index(header)]}" for header in used]
    assert text == ("\n\n".join(parts) if len(parts) > 1 else cells[headers.index(used[0])])


def test_columns_can_be_named() -> None:
    data = make_csv(["Name", "Short", "Letter"], ["Anna", "Yes.", LONG], ["Ben", "", LONG])
    found = drafts_of("/f.csv", data, text_columns=("short", "LETTER"), id_column="name")
    assert found == [
        ("/f.csv#Anna", "Anna", f"Short\n\nYes.\n\nLetter\n\n{LONG_AS_READ}", {}),
        ("/f.csv#Ben", "Ben", f"Letter\n\n{LONG_AS_READ}", {}),
    ]


def test_a_table_without_letters_names_its_columns_and_the_option() -> None:
    reason = reason_of("/f.csv", make_csv(["Name", "Country"], ["Anna", "Peru"]))
    assert reason == "no column holds letters: name it with --text-column; the columns are 'Name', 'Country'"


@pytest.mark.parametrize("options", [{"text_columns": ("Essay",)}, {"id_column": "Essay"}], ids=["text", "id"])
def test_a_named_column_that_is_not_there(options: dict[str, object]) -> None:
    reason = reason_of("/f.csv", make_csv(["Name", "Letter"], ["Anna", LONG]), **options)
    assert reason == "no column 'Essay': the columns are 'Name', 'Letter'"


def test_a_row_without_a_letter_is_set_aside_and_the_rest_goes_on() -> None:
    data = make_csv(["Name", "Letter"], ["Anna", ""], ["Ben", LONG], ["Cy", "--"], ["Di", "x" * 200_001])
    aside, draft, dash, large = read("/f.csv", data)
    assert aside == SetAside("/f.csv#row-1", "empty: no letter in this row")
    assert isinstance(draft, Draft)
    assert dash == SetAside("/f.csv#row-3", "empty: no text in it")
    assert isinstance(large, SetAside)
    assert large.source == "/f.csv#row-4"
    assert large.reason.startswith("too large")


def test_a_row_wider_than_the_header_is_set_aside() -> None:
    data = b"name,letter\nAnna," + LONG.encode() + b"\nBen," + LONG.encode() + b"\nCy,I work, and play.\n"
    *_, aside = read("/f.csv", data)
    assert aside == SetAside("/f.csv#row-3", "has 3 cells, but the header row 2: put the letter into quotation marks")


def test_a_quotation_mark_out_of_place_does_not_swallow_the_rows_below() -> None:
    data = make_csv(["Name", "Letter"], ["Anna", LONG]) + b'Ben,"' + LONG.encode() + b"\nCy," + LONG.encode()
    assert "quotation mark is out of place" in reason_of("/f.csv", data)


def test_cells_keep_commas_quotes_and_line_ends() -> None:
    text = 'First, I said "yes".\n\nThen; no.\n' + LONG
    assert drafts_of("/f.csv", make_csv(["Letter", "Name"], [text, "Anna"]))[0][2] == canonical(text)
    assert drafts_of("/f.csv", make_csv(["Letter"], [text], [text]))[1][2] == canonical(text)
    assert drafts_of("/f.xlsx", make_xlsx(["Letter"], [text]))[0][2] == canonical(text)


def test_a_cell_may_be_longer_than_the_csv_module_allows() -> None:
    before = csv.field_size_limit()
    assert len(drafts_of("/f.csv", make_csv(["a", "Letter"], ["1", "x" * 190_000]))[0][2]) == 190_000
    assert csv.field_size_limit() == before


def test_headers_that_are_missing_or_come_twice() -> None:
    data = make_csv(["Name", "Name", "", "Letter"], ["Anna", "K", "Peru", LONG])
    assert drafts_of("/f.csv", data)[0][3] == {"Name": "Anna", "Name-2": "K", "column 3": "Peru"}


def test_a_table_without_a_header_row_loses_no_letter_and_shows_none() -> None:
    assert reason_of("/f.csv", make_csv(["Anna", "x " * 300], ["Ben", LONG])) == (
        "the first row holds a letter: put a row with the names of the columns above it"
    )
    reason = reason_of("/f.csv", make_csv(["Anna", "I secretly work on audio. " * 4], ["Ben", "yes"]))
    assert reason.endswith("the columns are 'Anna', 'column 2'")


def test_a_column_with_a_long_header_is_named_by_its_place() -> None:
    data = make_csv(["Name", "In your own words: " * 10], ["Ben", "Yes."])
    assert [text for _, _, text, _ in drafts_of("/f.csv", data, text_columns=("Column 2",))] == ["Yes."]


def test_tables_have_limits() -> None:
    many = b"id,letter\n" + b"1,a\n" * 100_001
    assert reason_of("/f.csv", many) == "too many rows: a table may have 100,000; split it"
    wide = make_csv([f"c{n}" for n in range(501)], ["x"] * 501)
    assert reason_of("/f.csv", wide) == "too many columns: 501; a table may have 500"
    assert reason_of("/f.csv", b"id,letter\n") == "no rows below the header row"


def test_xlsx_reads_the_first_visible_sheet_that_is_not_empty() -> None:
    book = openpyxl.Workbook()
    book.active.title = "empty"
    hidden = book.create_sheet("hidden")
    hidden.append(["Letter"])
    hidden.append(["hidden " * 40])
    hidden.sheet_state = "hidden"
    shown = book.create_sheet("shown")
    shown.append(["Letter"])
    shown.append([LONG])
    assert [text for _, _, text, _ in drafts_of("/f.xlsx", saved(book.save))] == [LONG_AS_READ]
    book.remove(shown)
    assert reason_of("/f.xlsx", saved(book.save)) == "empty: no text in it"


def test_xlsx_values_are_shown_as_a_person_sees_them() -> None:
    when = datetime.datetime(2026, 3, 9)
    data = make_xlsx(
        ["ID", "Age", "Mean", "Born", "At", "Visa", "Note", "Letter"],
        [17.0, 23, 1.5, when, when.replace(hour=14), True, "a_x000D_\nb", LONG],
    )
    assert drafts_of("/f.xlsx", data)[0][1:] == (
        "17",
        LONG_AS_READ,
        {
            "Age": "23",
            "Mean": "1.5",
            "Born": "2026-03-09",
            "At": "2026-03-09 14:00:00",
            "Visa": "TRUE",
            "Note": "a\nb",
        },
    )


def test_xlsx_with_a_row_number_beyond_excel_is_damaged() -> None:
    def change(name: str, data: bytes) -> bytes:
        return data.replace(b'r="2"', b'r="2000000000"').replace(b'"A2"', b'"A2000000000"')

    data = make_xlsx(["Letter"], [LONG])
    assert reason_of("/f.xlsx", change_zip(data, change)).startswith("broken XLSX")


def test_xlsx_with_one_cell_in_the_last_corner_is_refused_in_no_time() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "Letter", LONG
    assert reason_of("/f.xlsx", saved(book.save)) == "too many columns: 16,384; a table may have 500"


# ---- zip -------------------------------------------------------------------------------------------------------------


def test_a_zip_is_read_like_a_folder() -> None:
    data = make_zip(
        {
            "letters/": b"",
            "letters/anna.txt": b"I work on score matching.",
            "letters/form.csv": make_csv(*TABLE),
            "letters/old.doc": b"x",
            "letters/empty.txt": b"",
            "letters/tool.py": b"x",
            "__MACOSX/letters/._anna.txt": b"x",
            "letters/~$b.docx": b"x",
            ".hidden/a.txt": b"x",
        }
    )
    found = {item.source: item for item in read("/in/x.zip", data)}
    assert list(found) == [
        "/in/x.zip!letters/anna.txt",
        "/in/x.zip!letters/form.csv#a-7",
        "/in/x.zip!letters/form.csv#a-9",
        "/in/x.zip!letters/old.doc",
        "/in/x.zip!letters/empty.txt",
    ]
    anna, row, _, old, empty = found.values()
    assert isinstance(anna, Draft)
    assert isinstance(row, Draft)
    assert (anna.name, anna.text, row.name) == ("anna", "I work on score matching.", "a-7")
    assert old == SetAside("/in/x.zip!letters/old.doc", "cannot read .doc files: save as .docx or PDF")
    assert isinstance(empty, SetAside)
    assert empty.reason == "empty: no text in it"


def test_a_member_at_the_top_is_named_after_itself() -> None:
    (draft,) = read("/in/x.zip", make_zip({"anna!.txt": b"A letter."}))
    assert isinstance(draft, Draft)
    assert draft.name == "anna!"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/a.txt", "etc/a.txt"),
        ("/etc/a.txt", "etc/a.txt"),
        ("C:\\Users\\a.txt", "Users/a.txt"),
        ("b/./c/../a.txt", "b/c/a.txt"),
        ("a\u202etxt.exe.txt", "atxt.exe.txt"),
        ("a\x07b.txt", "ab.txt"),
        ("Анна.txt", "Анна.txt"),
    ],
)
def test_names_of_members_are_made_safe(name: str, shown: str) -> None:
    (draft,) = read("/x.zip", make_zip({name: b"A letter."}))
    assert draft.source == f"/x.zip!{shown}"


def test_members_of_one_name_are_not_mixed_up() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", b"First.")
        archive.writestr("x/../../a.txt", b"Third.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            archive.writestr("a.txt", b"Second.")
    first, other, second = read("/x.zip", stream.getvalue())
    assert isinstance(first, Draft)
    assert (first.source, first.text) == ("/x.zip!a.txt", "First.")
    assert other.source == "/x.zip!x/a.txt"
    assert isinstance(second, SetAside)
    assert "twice" in second.reason


def test_what_a_zip_may_not_hold() -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(link, b"/etc/passwd")
        archive.writestr("inner.zip", make_zip({"a.txt": b"A letter."}))
        archive.writestr("bomb.txt", bytes(11_000_000))
        archive.writestr("rare.txt", b"A letter.", zipfile.ZIP_LZMA)
        archive.writestr("good.txt", b"A letter.")
    inner, bomb, rare, good = read("/x.zip", stream.getvalue())
    assert isinstance(inner, SetAside)
    assert "a zip inside a zip" in inner.reason
    assert isinstance(bomb, SetAside)
    assert "packed far too tightly" in bomb.reason
    assert isinstance(rare, SetAside)
    assert "packed in a way" in rare.reason
    assert isinstance(good, Draft)


def test_an_encrypted_member_is_set_aside() -> None:
    data = bytearray(make_zip({"a.txt": b"A letter.", "b.txt": b"A letter."}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # where the flags of the first member stand
        data[data.index(signature) + offset] |= 1
    locked, good = read("/x.zip", bytes(data))
    assert locked == SetAside("/x.zip!a.txt", "encrypted: remove the password and try again")
    assert isinstance(good, Draft)


def test_a_zip_with_too_much_in_it_is_refused_before_it_is_unpacked() -> None:
    many = make_zip({f"{n}.txt": b"" for n in range(20_001)}, zipfile.ZIP_STORED)
    assert reason_of("/x.zip", many) == "too many files: 20,001; a zip may have 20,000: split it"
    large = bytearray(make_zip({"a.txt": b"A letter."}))
    place = large.index(b"PK\x01\x02") + 24  # the size when unpacked, in the directory
    large[place : place + 4] = (600_000_000).to_bytes(4, "little")
    assert reason_of("/x.zip", bytes(large)) == "too large: 600 MB when unpacked; 500 are allowed: split it"


def test_a_member_larger_than_the_directory_says_is_damaged() -> None:
    data = bytearray(make_zip({"a.txt": b"A letter of some length.", "b.txt": b"A letter."}))
    data[data.index(b"PK\x01\x02") + 24] = 8
    damaged, good = read("/x.zip", bytes(data))
    assert isinstance(damaged, SetAside)
    assert damaged.reason == "damaged inside the zip: pack it again"
    assert isinstance(good, Draft)


def test_a_zip_without_letters_says_so() -> None:
    assert reason_of("/x.zip", make_zip({"tool.py": b"x", "__MACOSX/a.txt": b"x"})) == "empty: no letter in it"
