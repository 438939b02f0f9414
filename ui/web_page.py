"""What is on the page, and which event of ``ui.web_events`` each part of it sets off.

Imported by ``ui.web.build_app`` only, after Gradio's switches are set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.events import api

from ui.web_events import Events, title, welcome
from ui.web_letter import EMPTY

if TYPE_CHECKING:
    from ui.web import Desk

AT_ONCE = 16  # answers at the same time; Gradio's own default is one
WAITING = 64  # events in the queue before new ones are refused
ONE_DAY = 86_400  # seconds
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": AT_ONCE}


@dataclass(frozen=True)
class Chat:
    """The conversation and the box below it."""

    chatbot: gr.Chatbot
    question: gr.Textbox
    clear: gr.Button


@dataclass(frozen=True)
class Lists:
    """The letters of the cohort, and the files that could not become letters."""

    letters: gr.Dataframe
    aside: gr.Accordion
    aside_files: gr.Dataframe


@dataclass(frozen=True)
class Panel:
    """A letter, and the way through the evidence of an answer."""

    letter: gr.Markdown
    steps: gr.Row
    counter: gr.Markdown
    back: gr.Button
    on: gr.Button
    link: gr.Textbox


@dataclass(frozen=True)
class Session:
    """What is kept of one browser session, in this process only."""

    conversation: gr.State
    place: gr.State


def build_page(desk: Desk, local: bool) -> gr.Blocks:
    """Return the page over ``desk``; ``local`` says that nobody else can reach it."""
    events = Events(desk, local)
    page: gr.Blocks = gr.Blocks(
        title="Dossier", analytics_enabled=False, fill_width=True, delete_cache=(ONE_DAY, ONE_DAY)
    )
    with page:
        api(events.ask_once, api_name="ask", concurrency_limit=AT_ONCE)
        session = Session(gr.State(None, delete_callback=events.forget), gr.State(None))
        with gr.Row(elem_id="top"):
            about = _markdown(title("", local), elem_id="about")
            cohort = gr.Dropdown(label="Letters of", filterable=False, container=False, elem_id="cohort", min_width=200)
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=3, min_width=320, elem_id="left"), gr.Tabs():
                with gr.Tab("Ask"):
                    chat = _chat()
                with gr.Tab("Letters"):
                    lists = _lists()
            with gr.Column(scale=2, min_width=320, elem_id="right"):
                panel = _panel()
        fresh = [session.conversation, chat.chatbot, chat.question, *_reading(panel, session)]
        listed = [lists.letters, lists.aside, lists.aside_files]
        page.load(events.open_page, None, [about, cohort, *fresh, *listed], **_QUIET)
        cohort.input(events.open_cohort, [cohort, session.conversation], [*fresh, *listed], **_QUIET)
        chat.clear.click(events.clear, [cohort, session.conversation], fresh, **_QUIET)
        _wire_asking(events, cohort, session, chat)
        _wire_reading(events, cohort, session, lists, panel)
        page.queue(max_size=WAITING, default_concurrency_limit=AT_ONCE)
    return page


def _markdown(value: str, elem_id: str) -> gr.Markdown:
    return gr.Markdown(value, latex_delimiters=[], sanitize_html=True, elem_id=elem_id)


def _chat() -> Chat:
    chatbot = gr.Chatbot(
        show_label=False,
        label="Conversation",
        container=False,
        height="100%",
        layout="bubble",
        buttons=[],  # "copy" would copy the encoded text: the page has a button of its own
        feedback_options=None,
        latex_delimiters=[],
        sanitize_html=True,
        allow_tags=False,
        allow_file_downloads=False,
        autoscroll=False,  # the page's script brings each new question to the top
        group_consecutive_messages=False,
        placeholder=welcome(""),
        elem_id="chat",
    )
    with gr.Row(elem_id="ask"):
        question = gr.Textbox(
            show_label=False,
            label="Question",
            container=False,
            placeholder="Ask the letters …",
            lines=1,
            max_lines=8,
            autofocus=True,
            submit_btn=True,
            scale=1,
            elem_id="question",
        )
        clear = gr.Button("New chat", variant="secondary", size="md", scale=0, min_width=96, elem_id="clear")
    return Chat(chatbot, question, clear)


def _lists() -> Lists:
    letters = gr.Dataframe(
        headers=["Letter", "File", "Characters"],
        datatype=["str", "str", "number"],
        interactive=False,
        show_label=False,
        show_search="search",
        buttons=[],
        max_height=560,
        elem_id="letters",
    )
    with gr.Accordion("Set aside", open=False, visible=False) as aside:
        files = gr.Dataframe(
            headers=["File", "Why it could not become a letter"],
            datatype="str",
            interactive=False,
            show_label=False,
            wrap=True,
            buttons=[],
            elem_id="aside",
        )
    return Lists(letters, aside, files)


def _panel() -> Panel:
    with gr.Row(visible=False, elem_id="steps") as steps:
        back = gr.Button("Previous", size="sm", scale=0, min_width=88, elem_id="back")
        counter = _markdown("", elem_id="counter")
        on = gr.Button("Next", size="sm", scale=0, min_width=88, elem_id="on")
    letter = _markdown(EMPTY, elem_id="letter")
    link = gr.Textbox(visible="hidden", label="Evidence", elem_id="evidence-link")
    return Panel(letter, steps, counter, back, on, link)


def _wire_asking(events: Events, cohort: gr.Dropdown, session: Session, chat: Chat) -> None:
    told = [chat.question, cohort, session.conversation]
    shown = [session.conversation, chat.chatbot, chat.question]
    typed = chat.question.submit(events.ask, told, shown, **_QUIET)
    example = chat.chatbot.example_select(_example, None, chat.question, **_QUIET)
    picked = example.then(events.ask, told, shown, **_QUIET)
    for asked in (typed, picked):
        asked.failure(events.fail, session.conversation, [chat.chatbot, chat.question], **_QUIET)
    # Gradio's own "cancels" would wait for the next snapshot, and let a late one overwrite the screen
    chat.question.stop(events.stop, session.conversation, None, **_QUIET)


def _wire_reading(events: Events, cohort: gr.Dropdown, session: Session, lists: Lists, panel: Panel) -> None:
    reading = _reading(panel, session)
    panel.link.change(events.open_evidence, [panel.link, session.conversation], reading, **_QUIET)
    panel.back.click(events.step_back, [session.place, session.conversation], reading, **_QUIET)
    panel.on.click(events.step_on, [session.place, session.conversation], reading, **_QUIET)
    lists.letters.select(events.open_letter, cohort, reading, trigger_mode="always_last", **_QUIET)


def _example(event: gr.SelectData) -> str:
    return str(event.value["text"])


def _reading(panel: Panel, session: Session) -> list[Any]:
    return [panel.letter, panel.steps, panel.counter, panel.back, panel.on, session.place]
