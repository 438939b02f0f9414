"""The web page: its parts one by one, then the whole in a browser (marked ``slow``)."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from assistant.answer import Answer, Coverage, Evidence, Kind, Role, Statement
from assistant.paced import paced
from ingest.errors import DossierError, HomeDamaged, UnknownLetter
from ingest.letters import Letter, SetAside
from tests.payloads import EVIL, PAYLOADS
from ui.web import build_app, serve, web_app
from ui.web_answer import bubble, ledger, numbered
from ui.web_letter import file_name, letter_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from ui.guard import Guard
    from ui.web import Accounts

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # event loops that Gradio makes for its queue
    pytest.mark.filterwarnings("ignore:.*no_silent_downcasting"),  # how Gradio uses pandas
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),  # the same
]

LETTERS = (
    Letter("anna", "Dear committee,\n\nI train diffusion models.\nI also cook.", "/in/anna.txt", {"Country": "Peru"}),
    Letter("ben", "I like whales. I studied diffusion models & <noise>.\n\nI published on diffusion.", "/in/ben.pdf"),
    Letter("cleo", "I want to learn.", "/in/form.csv#row-3"),
)


@dataclass
class ListDesk:
    """A desk over letters in a list; an answer is every sentence that holds the question's last word."""

    folder: Path
    cohort_letters: dict[str, tuple[Letter, ...]] = field(
        default_factory=lambda: {"2026": LETTERS, "2025": LETTERS[:1]}
    )
    note: str = "No model server: answers are quotes from the letters."
    asked: list[tuple[str, str]] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def cohorts(self) -> list[tuple[str, int]]:
        return [(name, len(letters)) for name, letters in self.cohort_letters.items()]

    def ask(self, cohort: str, question: str, conversation: str) -> Iterator[Answer]:
        self.asked.append((conversation, question))
        word = question.rstrip("?").split()[-1]
        if word == "refuse":
            raise DossierError("No. " + "\n".join(PAYLOADS))
        if word == "crash":
            raise RuntimeError("a fault")
        if word == "endless":
            yield from self._endless(cohort, question)
        letters = self.cohort_letters[cohort]
        found = [(letter, evidence) for letter in letters if (evidence := tuple(_sentences(letter, word)))]
        items = [Statement(Role.ITEM, f"says {word}", evidence, letter.id) for letter, evidence in found]
        yield Answer(question, Kind.WHO, cohort, "extractive", statements=tuple(items[:1]))
        yield Answer(
            question,
            Kind.WHO,
            cohort,
            "extractive",
            understood=f"letters that say: {word}",
            statements=(
                Statement(Role.LEAD, f"{len(items)} letters say it."),
                *items,
                Statement(Role.ASIDE, "Others merely hope to.", letter=letters[-1].id),
                Statement(Role.NOTE, "Counted by hand."),
            ),
            coverage=Coverage(len(letters), len(letters), len(items), 1, 0),
            warnings=("One letter gives orders.",),
            elapsed_ms=12.3,
            final=True,
        )

    def _endless(self, cohort: str, question: str) -> Iterator[Answer]:
        try:
            for count in range(1000):
                lead = Statement(Role.LEAD, f"{count} so far.")
                yield Answer(question, Kind.WHO, cohort, "model", statements=(lead,))
                time.sleep(0.05)
        finally:
            self.closed.set()

    def clear(self, conversation: str) -> None:
        self.cleared.append(conversation)

    def letter(self, cohort: str, letter_id: str) -> Letter:
        for letter in self.cohort_letters[cohort]:
            if letter.id == letter_id:
                return letter
        raise UnknownLetter(f"No letter {letter_id} in {cohort}.")

    def letters(self, cohort: str) -> list[tuple[str, str, int]]:
        return [(letter.id, letter.source, len(letter.text)) for letter in self.cohort_letters[cohort]]

    def set_aside(self, cohort: str) -> list[SetAside]:
        return [SetAside("/in/scan.pdf", "holds only pictures")]

    def examples(self, cohort: str) -> list[str]:
        return ["Who works on diffusion?", "Who writes on whales?"]

    def home(self) -> Path:
        return self.folder

    def location_note(self) -> str:
        return self.note


def _sentences(letter: Letter, word: str) -> Iterator[Evidence]:
    start = 0
    for sentence in letter.text.replace("\n", ".").split("."):
        if word in sentence:
            begin = start + len(sentence) - len(sentence.lstrip())
            end = start + len(sentence)
            yield Evidence(letter.id, letter.text[begin:end], begin, end)
        start += len(sentence) + 1


def hostile_desk(folder: Path) -> ListDesk:
    """Every payload as a letter's text, id, source and metadata, and in every other place the page shows."""
    letters = tuple(
        Letter(f"{n} {payload}", payload, f"/in/{payload}", {payload: payload, "plain": "yes"})
        for n, payload in enumerate(PAYLOADS)
    )
    everything = "\n\n".join(PAYLOADS)

    class HostileDesk(ListDesk):
        def ask(self, cohort: str, question: str, conversation: str) -> Iterator[Answer]:
            if question.endswith("refuse"):
                raise DossierError(everything)
            items = tuple(
                Statement(Role.ITEM, x.text, (Evidence(x.id, x.text, 0, len(x.text)),), letter=x.id) for x in letters
            )
            said = Statement(Role.LEAD, everything, items[0].evidence, answer=everything)
            others = (
                Statement(Role.PROSE, everything, items[0].evidence, supported=False),
                Statement(Role.ASIDE, everything),
                Statement(Role.NOTE, everything),
            )
            yield Answer(question, Kind.WHO, cohort, everything, everything, (said, *items, *others), final=True)
            yield Answer(
                question,
                Kind.WHO,
                cohort,
                everything,
                everything,
                (said, *items, *others),
                coverage=Coverage(9, 9),
                warnings=PAYLOADS,
                final=True,
            )

        def set_aside(self, cohort: str) -> list[SetAside]:
            return [SetAside(payload, payload) for payload in PAYLOADS]

        def examples(self, cohort: str) -> list[str]:
            return list(PAYLOADS)

    return HostileDesk(folder, {everything: letters, "other": ()}, everything)


# ---- parts ----


def answer_of(*statements: Statement) -> Answer:
    return Answer("q", Kind.WHO, "2026", "extractive", statements=statements)


ONE, TWO = Evidence("anna", "a quote", 0, 7), Evidence("ben", "<b>two</b>", 3, 13)


def test_evidence_is_numbered_as_it_is_shown_and_each_once() -> None:
    answer = answer_of(
        Statement(Role.NOTE, "note", (TWO,)),
        Statement(Role.LEAD, "lead"),
        Statement(Role.ITEM, "item", (ONE, ONE)),
        Statement(Role.ASIDE, "aside", (ONE,)),
    )
    assert numbered(answer) == (ONE, TWO)


def test_a_bubble_says_everything_in_order() -> None:
    answer = answer_of(
        Statement(Role.NOTE, "The note."),
        Statement(Role.LEAD, "The lead."),
        Statement(Role.ITEM, "has done it", (TWO,), letter="ben"),
        Statement(Role.ASIDE, "unsure", letter="anna"),
    )
    told = replace(
        answer, understood="those who did", coverage=Coverage(60, 60, 7, 2, 0), warnings=("Beware.",), final=True
    )
    page = bubble(told, turn=4)
    parts = ["Understood as those who did", "The lead", 'href="#ev-4-1"', "ben", "has done it", "“&#60;b&#62;two"]
    parts += ["Also worth knowing (1)", "unsure", "The note", "Beware", "60 of 60 letters read · 7 match · 2 unsure"]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert "\n" not in page and "<b>" not in page


@pytest.mark.parametrize(
    ("coverage", "kind", "line"),
    [
        (Coverage(60, 60, 7, 2, 0), Kind.WHO, "60 of 60 letters read · 7 match · 2 unsure · 0 set aside"),
        (Coverage(60, 60, 1, 0, 3), Kind.COUNT, "60 of 60 letters read · 1 matches · 0 unsure · 3 set aside"),
        (Coverage(60, 1), Kind.FACT, "1 of 60 letters read"),
        (Coverage(60, 60, 0, 0, 2), Kind.OPEN, "60 of 60 letters read · 2 set aside"),
    ],
)
def test_the_ledger(coverage: Coverage, kind: Kind, line: str) -> None:
    assert ledger(coverage, kind) == line


def test_an_answer_that_goes_on_says_so_until_there_is_a_problem() -> None:
    assert "Reading the letters" in bubble(None, 0)
    assert "Still reading" in bubble(answer_of(), 0)
    stopped = bubble(answer_of(Statement(Role.LEAD, "So far.")), 0, "Stopped!")
    assert "So far" in stopped and "Stopped&#33;" in stopped and "Still reading" not in stopped


def test_a_letter_page_shows_facts_and_marks() -> None:
    page = letter_page(LETTERS[0], [(0, 4)], (5, 14))
    assert '<mark id="quote-1">Dear</mark> <mark id="quote-2" class="chosen">committee</mark>' in page
    assert "<dt>Country</dt><dd>Peru</dd>" in page and "anna&#46;txt" in page


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/a/b.pdf", "b.pdf"),
        ("/a/b.zip!c/d.txt", "d.txt"),
        ("C:\\in\\e.txt", "e.txt"),
        ("/a/f.csv#row-3", "f.csv#row-3"),
    ],
)
def test_file_names(source: str, name: str) -> None:
    assert file_name(source) == name


def test_paced_hands_on_the_last_item_and_skips_those_nobody_could_see() -> None:
    shown = [item for item in paced(iter(range(10_000)), every=0.01) if item is not None]
    assert shown[-1] == 9999 and len(shown) < 1000 and shown == sorted(shown)


def test_paced_beats_while_nothing_comes_and_closes_the_source() -> None:
    closed = threading.Event()

    def slow() -> Iterator[int]:
        try:
            for number in range(100):
                time.sleep(0.15)
                yield number
        finally:
            closed.set()

    stream = paced(slow(), every=0.01, beat=0.05)
    assert next(stream) is None
    assert next(item for item in stream if item is not None) == 0
    stream.close()
    assert closed.wait(2)


def test_paced_raises_what_the_source_raises_after_its_items() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise DossierError("no")

    stream = paced(failing())
    assert next(item for item in stream if item is not None) == 1
    with pytest.raises(DossierError, match="no"):
        list(stream)


# ---- the server ----


def test_the_page_is_built_without_a_warning(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "unclosed", ResourceWarning)
        page = build_app(ListDesk(tmp_path))
        visible = {f.api_name for f in page.fns.values() if f.api_visibility != "private"}
        gc.collect()
    assert visible == {"ask"}
    assert not page.analytics_enabled and os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert (tmp_path / "web").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org"])
def test_others_are_not_let_in_without_a_password(tmp_path: Path, host: str) -> None:
    with pytest.raises(DossierError, match="--auth FILE"):
        serve(ListDesk(tmp_path), host=host, port=0)


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DossierError, match=rf"Port {port} is taken.*--port"):
            serve(ListDesk(tmp_path), port=port)


# ---- the whole, in a browser ----


@dataclass
class Site:
    desk: ListDesk
    address: str


def _start(app: Guard) -> tuple[uvicorn.Server, threading.Thread, str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    return server, thread, f"http://127.0.0.1:{listener.getsockname()[1]}"


def _site(desk: ListDesk, auth: Accounts | None = None) -> Iterator[Site]:
    server, thread, address = _start(web_app(desk, auth=auth))
    yield Site(desk, address)
    server.should_exit = True
    thread.join(10)
    gc.collect()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from _site(ListDesk(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from _site(hostile_desk(tmp_path_factory.mktemp("hostile")))


@pytest.fixture(scope="module")
def locked_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from _site(ListDesk(tmp_path_factory.mktemp("locked")), auth=[("anna", "secret")])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    if not Path("/usr/bin/chromium").exists():
        pytest.skip("needs Debian's chromium")
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-quic", *quiet]
        )
        yield chromium
        chromium.close()


@dataclass
class Watched:
    """A page on which every request and every complaint is written down."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def ask(self, question: str, until: str = ".ledger") -> None:
        answers = self.page.locator("#chat .answer").count()
        self.page.fill("#question textarea", question)
        while self.page.input_value("#question textarea"):  # Enter does nothing while the last answer is ending
            self.page.press("#question textarea", "Enter")
            self.page.wait_for_timeout(300)
        self.page.wait_for_selector(f"#chat .bot-row >> nth={answers} >> {until}")

    def text(self, selector: str) -> str:
        return self.page.inner_text(selector)


def _open(browser: Browser, site: Site, until: str = "#chat .example") -> Iterator[Watched]:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(15_000)
    watched = Watched(page)
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("console", lambda line: watched.complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.goto(site.address)
    page.wait_for_selector(until)
    yield watched
    page.close()
    assert [url for url in watched.requests if not url.startswith((site.address, "data:", "blob:"))] == []
    assert watched.complaints == []


@pytest.fixture
def web(browser: Browser, site: Site) -> Iterator[Watched]:
    yield from _open(browser, site)


@pytest.fixture
def hostile_web(browser: Browser, hostile_site: Site) -> Iterator[Watched]:
    yield from _open(browser, hostile_site)


@pytest.mark.slow
class TestInTheBrowser:
    def test_a_click_on_a_number_opens_the_letter_at_the_quote(self, web: Watched) -> None:
        web.ask("Who works on diffusion?")
        assert web.text("#chat .user-row") == "Who works on diffusion?"
        assert [web.page.locator("#chat .letter").nth(n).inner_text() for n in (0, 1)] == ["anna", "ben"]
        assert "3 of 3 letters read · 2 match · 1 unsure · 0 set aside" in web.text("#chat .ledger")
        chips = web.page.locator("#chat a.chip")
        quotes = web.page.locator("#chat .quote").all_inner_texts()
        assert chips.all_inner_texts() == ["1", "2", "3"]
        chips.nth(1).click()
        web.page.wait_for_selector("#letter h2 >> text=ben")
        assert web.text("#letter mark.chosen") == quotes[1].strip("“”") == "I studied diffusion models & <noise>"
        assert web.page.locator("#letter mark").count() == 2
        assert web.text("#letter .text") == LETTERS[1].text
        assert web.text("#counter") == "Evidence 2 of 3"
        assert web.page.locator("#chat a.chip.current").all_inner_texts() == ["2"]

    def test_next_and_previous_walk_the_evidence_of_the_answer(self, web: Watched) -> None:
        web.ask("Who works on diffusion?")
        web.page.locator("#chat a.chip").nth(1).click()
        web.page.wait_for_selector("#counter >> text=Evidence 2 of 3")
        web.page.click("#on")
        web.page.wait_for_selector("#counter >> text=Evidence 3 of 3")
        assert web.text("#letter mark.chosen") == "I published on diffusion"
        assert web.page.is_disabled("#on")
        web.page.click("#back")
        web.page.click("#back")
        web.page.wait_for_selector("#letter h2 >> text=anna")
        assert web.text("#letter mark.chosen") == "I train diffusion models"
        assert web.page.is_disabled("#back")

    def test_the_chosen_words_are_in_view(self, browser: Browser, tmp_path: Path) -> None:
        long = Letter("long", "Padding.\n" * 300 + "I study whales.\n" + "More padding.\n" * 300, "/in/long.txt")
        for site in _site(ListDesk(tmp_path, {"2026": (long,)})):
            for web in _open(browser, site):
                web.ask("Who writes on whales?")
                web.page.click("#chat a.chip")
                web.page.wait_for_selector("#letter mark.chosen")
                web.page.wait_for_timeout(300)
                box, panel = (web.page.locator(s).bounding_box() for s in ("#letter mark.chosen", "#letter"))
                assert box and panel and panel["y"] < box["y"] < panel["y"] + panel["height"]

    def test_a_conversation_goes_on_until_it_is_cleared(self, web: Watched, site: Site) -> None:
        web.ask("Who works on diffusion?")
        web.ask("Who writes on whales?")
        (first, _), (second, _) = site.desk.asked[-2:]
        assert first == second and web.page.locator("#chat .bot-row").count() == 2
        web.page.click("#chat .bot-row >> nth=1 >> a.chip")
        web.page.wait_for_selector("#letter h2 >> text=ben")
        web.page.click("#clear")
        web.page.wait_for_selector("#letter .hint")
        assert web.page.locator("#chat .answer").count() == 0 and site.desk.cleared[-1] == first
        web.page.click("#chat .example >> nth=1")
        web.page.wait_for_selector("#chat .ledger")
        assert web.text("#chat .user-row") == "Who writes on whales?"
        assert site.desk.asked[-1][0] not in ("", first)

    def test_shift_enter_begins_a_new_line(self, web: Watched, site: Site) -> None:
        web.page.fill("#question textarea", "Who works")
        web.page.press("#question textarea", "Shift+Enter")
        web.page.type("#question textarea", "on whales?")
        web.page.press("#question textarea", "Enter")
        web.page.wait_for_selector("#chat .ledger")
        assert site.desk.asked[-1][1] == "Who works\non whales?"

    def test_stop_stops(self, web: Watched, site: Site) -> None:
        site.desk.closed.clear()
        web.ask("Count the endless", until=".lead")
        started = time.monotonic()
        web.page.click("#question [data-testid=stop-button]")
        web.page.wait_for_selector("#chat >> text=Stopped. This answer is not complete.")
        assert time.monotonic() - started < 2 and site.desk.closed.wait(2)
        assert "so far" in web.text("#chat .lead")
        web.ask("Who works on diffusion?")

    def test_a_new_chat_ends_the_old_answer(self, web: Watched, site: Site) -> None:
        site.desk.closed.clear()
        web.ask("Count the endless", until=".lead")
        web.page.click("#clear")
        web.page.wait_for_selector("#chat .example")
        assert site.desk.closed.wait(2)
        web.page.wait_for_timeout(700)
        assert web.page.locator("#chat .answer").count() == 0
        web.ask("Who works on diffusion?")

    def test_two_browsers_have_two_conversations(self, browser: Browser, web: Watched, site: Site) -> None:
        for other in _open(browser, site):
            web.ask("Who works on diffusion?")
            other.ask("Who writes on whales?")
            assert web.page.locator("#chat .bot-row").count() == other.page.locator("#chat .bot-row").count() == 1
        assert site.desk.asked[-1][0] != site.desk.asked[-2][0]

    def test_errors_are_told_in_the_chat(self, web: Watched) -> None:
        web.page.press("#question textarea", "Enter")
        web.page.wait_for_selector("#chat >> text=Please type a question.")
        web.ask("x" * 10_001, until="text=10,001 characters")
        web.ask("please refuse", until="text=No. ![image]")
        web.ask("Who works on diffusion?")

    def test_a_fault_of_the_program_is_told_and_the_page_goes_on(self, browser: Browser, site: Site) -> None:
        with pytest.raises(AssertionError):  # Gradio complains on the console
            for web in _open(browser, site):
                web.ask("please crash", until="text=Something went wrong inside Dossier")
                web.ask("Who works on diffusion?")
                web.complaints.append("seen")

    def test_the_table_opens_letters(self, web: Watched) -> None:
        web.page.get_by_role("tab", name="Letters").click()
        web.page.click("#letters [role=gridcell] >> text=form.csv#row-3")
        web.page.wait_for_selector("#letter h2 >> text=cleo")
        assert web.text("#letter .text") == "I want to learn." and not web.page.is_visible("#steps")
        web.page.click("text=Set aside (1)")
        assert "holds only pictures" in web.text("#aside")

    def test_another_cohort_is_another_conversation(self, web: Watched, site: Site) -> None:
        web.ask("Who works on diffusion?")
        web.page.click("#cohort input")
        web.page.click("[role=option] >> text=2025 · 1 letter")
        web.page.wait_for_selector("#chat .example")
        web.ask("Who works on diffusion?")
        assert "1 of 1 letters read" in web.text("#chat .ledger")
        assert site.desk.asked[-1][0] != site.desk.asked[-2][0]

    def test_a_narrow_screen_is_enough(self, web: Watched) -> None:
        web.page.set_viewport_size({"width": 360, "height": 740})
        web.ask("Who works on diffusion?")
        assert web.page.evaluate("document.documentElement.scrollWidth") <= 360
        web.page.click("#chat a.chip >> nth=0")
        web.page.wait_for_selector("#letter mark.chosen")

    def test_an_answer_can_be_copied_as_plain_text(self, web: Watched) -> None:
        web.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        web.ask("Who works on diffusion?")
        web.page.click("#chat a.copy")
        web.page.wait_for_selector("#chat a.copy >> text=Copied")
        copied = web.page.evaluate("navigator.clipboard.readText()")
        assert "- ben says diffusion “I studied diffusion models & <noise>”\u00a0[2]" in copied and "&#" not in copied

    def test_a_damaged_home_is_told(self, browser: Browser, tmp_path: Path) -> None:
        class DamagedDesk(ListDesk):
            def cohorts(self) -> list[tuple[str, int]]:
                raise HomeDamaged("The letters cannot be read. Run: dossier doctor")

        for site in _site(DamagedDesk(tmp_path)):
            for web in _open(browser, site, until="#chat .welcome >> text=Run: dossier doctor"):
                assert not web.page.is_visible("#cohort")

    def test_an_empty_home_says_what_to_do(self, browser: Browser, tmp_path: Path) -> None:
        for site in _site(ListDesk(tmp_path, {})):
            for web in _open(browser, site, until="#chat .welcome >> text=dossier ingest FOLDER"):
                web.ask("Who?", until="text=dossier ingest FOLDER")

    def test_nothing_stays_in_the_browser(self, web: Watched) -> None:
        web.ask("Who works on diffusion?")
        kept = web.page.evaluate(
            "async () => [JSON.stringify({...localStorage}), (await indexedDB.databases()).length]"
        )
        assert "diffusion" not in kept[0] and kept[1] == 0

    def test_hostile_letters_are_shown_and_do_nothing(self, hostile_web: Watched) -> None:
        web = hostile_web
        web.ask("Who?")
        shown = [" ".join(text.strip("“”").split()) for text in web.page.locator("#chat li .quote").all_inner_texts()]
        assert shown == [" ".join(payload.split()) for payload in PAYLOADS]
        for number, payload in enumerate(PAYLOADS):
            web.page.locator("#chat li a.chip").nth(number).click()
            web.page.wait_for_selector(f"#counter >> text=Evidence {number + 1} of {len(PAYLOADS)}")
            web.page.wait_for_function(
                "want => document.querySelector('#letter mark.chosen')?.innerText.replace(/\\u00a0/g, ' ') === want",
                arg=payload,
            )
        web.page.click("#chat summary")
        self._inert(web)

    def test_hostile_errors_names_and_lists_do_nothing(self, hostile_web: Watched) -> None:
        web = hostile_web
        web.ask("please refuse", until=".warning")
        told = web.text("#chat .warning").replace("\u00a0", " ")
        assert told == "\n\n".join(PAYLOADS)
        web.ask("\n".join(PAYLOADS))
        web.page.get_by_role("tab", name="Letters").click()
        web.page.wait_for_selector("#letters [role=gridcell]")
        web.page.click(f"text=Set aside ({len(PAYLOADS)})")
        web.page.wait_for_selector("#aside [role=gridcell]")
        web.page.click("#cohort input")
        web.page.wait_for_selector("[role=option]")
        self._inert(web)

    @staticmethod
    def _inert(web: Watched) -> None:
        web.page.wait_for_timeout(500)
        assert web.page.evaluate("window.ran") is None
        inserted = (
            "img, video, svg image, iframe, form, script, table[background], [style*=fixed], h1, h3, .katex, code"
        )
        places = (
            "#chat .answer",
            "#chat .user-row .md",
            "#letter",
            "#letters [role=gridcell]",
            "#aside [role=gridcell]",
            "#chat .example",
        )
        assert [web.page.locator(place).locator(inserted).count() for place in places] == [0] * len(places)
        assert EVIL not in "".join(url for url in web.requests)


@pytest.mark.slow
class TestOverHttp:
    def test_ask_is_a_plain_endpoint(self, site: Site) -> None:
        import httpx

        call = f"{site.address}/gradio_api/call/ask"
        event = httpx.post(call, json={"data": ["Who works on diffusion?", "2026"]}).json()["event_id"]
        assert '"understood": "letters that say: diffusion"' in httpx.get(f"{call}/{event}").text

    def test_the_guard_stands_in_front(self, site: Site) -> None:
        import httpx

        page = httpx.get(site.address)
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert httpx.get(f"{site.address}/config", headers={"Host": "evil.example"}).status_code == 400
        call = f"{site.address}/gradio_api/call/ask"
        ask = {"data": ["Who works on diffusion?", "2026"]}
        assert httpx.post(call, json=ask, headers={"Origin": "http://evil.example"}).status_code == 403
        assert httpx.post(f"{site.address}/gradio_api/upload", files={"files": b"x"}).status_code == 403

    def test_a_password_is_asked_for(self, locked_site: Site) -> None:
        import httpx

        with httpx.Client(base_url=locked_site.address) as client:
            call, ask = "/gradio_api/call/ask", {"data": ["Who works on diffusion?", "2026"]}
            assert client.get("/config").status_code == 401 and client.post(call, json=ask).status_code == 401
            assert client.post("/login", data={"username": "anna", "password": "wrong"}).status_code == 400
            assert client.post("/login", data={"username": "anna", "password": "secret"}).status_code == 200
            assert client.post(call, json=ask).status_code == 200

    def test_ctrl_c_ends_it_cleanly(self, tmp_path: Path) -> None:
        import httpx

        code = (
            "import sys; sys.path[:0] = ['.', 'tests']; from pathlib import Path; from test_web import ListDesk\n"
            f"from ui.web import serve; serve(ListDesk(Path({str(tmp_path)!r})), port=0); print('ended')"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        address = line.split()[3]
        assert line == f"Dossier is at {address}  (Ctrl-C stops it)\n" and httpx.get(address).status_code == 200
        stream = httpx.stream("GET", f"{address}/gradio_api/heartbeat/abc", timeout=None)
        with stream:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=15)
        assert (out, err, process.returncode) == ("ended\n", "", 0)
        assert [path.name for path in (tmp_path / "web").rglob("*") if path.is_file()] == []
