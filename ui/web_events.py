"""What happens when the page is used: one method for each event.

Letter text, names and errors reach the screen through ``ui.show``, or through the places that show plain text (data
frame cells of type ``str``, dropdown labels).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import gradio as gr
from gradio.components.chatbot import ExampleMessage

from assistant.answer import Answer
from assistant.paced import paced
from ingest.errors import BadQuestion, DossierError, UnknownCohort
from ingest.letters import SetAside
from ui.show import show
from ui.web_answer import bubble, numbered
from ui.web_letter import EMPTY, file_name, letter_page, problem_page

if TYPE_CHECKING:
    from ui.web import Desk

LONGEST_QUESTION = 10_000  # characters
LONGEST_SHOWN = 1_000  # characters of a question that its bubble shows

Place = tuple[int, int]  # an answer's position in the conversation, and the number of its evidence, from 1
Updates = tuple[Any, ...]  # one new value for each output of an event

NO_LETTERS = "There are no letters yet. Read some in with: dossier ingest FOLDER"
BROKEN = "Something went wrong inside Dossier. The terminal it was started from says what."
STOPPED = "Stopped. This answer is not complete."


@dataclass(frozen=True)
class Turn:
    """A question and what is shown for it. ``question`` and ``shown`` are encoded."""

    question: str
    shown: str
    answer: Answer | None = None


@dataclass
class Conversation:
    """What one browser session has asked; shared by its events, kept in this process only.

    An answer that is being written looks here before each snapshot: it ends if it is ``stopped``, or if its ``turns``
    are no longer these, for then another conversation is on the screen.
    """

    id: str = field(default_factory=lambda: uuid4().hex)
    turns: list[Turn] = field(default_factory=list)
    stopped: bool = False

    def begin(self) -> None:
        """Start anew, in place."""
        self.id, self.turns, self.stopped = uuid4().hex, [], False


@dataclass(frozen=True)
class Events:
    """The page's behaviour. Holds no state of its own: what a browser session knows is its ``Conversation``."""

    desk: Desk
    local: bool = True  # only programs on this machine can reach the page

    def open_page(self) -> Updates:
        """Fill a fresh page: the note, the cohorts, and the first of them chosen."""
        try:
            cohorts, note = self.desk.cohorts(), self.desk.location_note()
        except DossierError as error:
            return (title("", self.local), gr.Dropdown(visible=False), *_fresh(None, str(error)), *_lists())
        choices = [(f"{name} · {count:,} letter{'' if count == 1 else 's'}", name) for name, count in cohorts]
        chosen = cohorts[0][0] if cohorts else None
        picker = gr.Dropdown(choices=choices, value=chosen, visible=bool(cohorts))
        return (title(note, self.local), picker, *self.open_cohort(chosen, None))

    def open_cohort(self, cohort: str | None, conversation: Conversation | None) -> Updates:
        """Show the letters of ``cohort`` and begin a new conversation about them."""
        fresh = self.clear(cohort, conversation)
        try:
            return (*fresh, *(_lists(self.desk.letters(cohort), self.desk.set_aside(cohort)) if cohort else _lists()))
        except DossierError as error:
            return (*_fresh(conversation, str(error)), *_lists())

    def clear(self, cohort: str | None, conversation: Conversation | None) -> Updates:
        """Forget the conversation and begin another one."""
        self.forget(conversation)
        try:
            filled = [name for name, count in self.desk.cohorts() if count]
            examples = self.desk.examples(cohort) if cohort in filled and cohort else []
        except DossierError as error:
            return _fresh(conversation, str(error))
        return _fresh(conversation, "" if cohort in filled else NO_LETTERS, examples)

    def forget(self, conversation: Conversation | None) -> None:
        """Forget what was asked; also called when a browser is gone."""
        if conversation:
            name = conversation.id
            conversation.begin()  # first, so that an answer being written lets go of the desk
            self.desk.clear(name)

    def ask(self, question: str | None, cohort: str | None, conversation: Conversation | None) -> Iterator[Updates]:
        """Answer in growing snapshots: the conversation, the chat, the question box."""
        conversation = conversation or Conversation()
        conversation.stopped = False
        conversation.turns.append(Turn(_as_asked(question), bubble(None, len(conversation.turns))))
        yield conversation, _messages(conversation), gr.Textbox(value="", submit_btn=False, stop_btn=True)
        for news in self._growing(question, cohort, conversation):
            # no news: a chance for Gradio to end this when the browser is gone
            yield gr.skip(), _messages(conversation) if news else gr.skip(), gr.skip()
        yield gr.skip(), _messages(conversation), ready()

    def stop(self, conversation: Conversation | None) -> None:
        """End the answer that is being written."""
        if conversation:
            conversation.stopped = True

    def ask_once(self, question: str, cohort: str = "") -> dict[str, Any]:
        """Answer one question without a conversation, as ``dossier ask --json`` does."""
        conversation = uuid4().hex
        try:
            name = cohort or next((name for name, _ in self.desk.cohorts()), None)
            answers = list(self._answers(question, name, conversation))
        except DossierError as error:
            return {"error": str(error)}
        finally:
            self.desk.clear(conversation)
        return answers[-1].to_json()

    def fail(self, conversation: Conversation | None) -> Updates:
        """Mark an answer that a fault of the program has ended."""
        if not conversation or not conversation.turns:
            return gr.skip(), ready()
        number = len(conversation.turns) - 1
        turn = conversation.turns[number]
        if not (turn.answer and turn.answer.final):
            conversation.turns[number] = replace(turn, shown=bubble(turn.answer, number, BROKEN))
        return _messages(conversation), ready()

    def open_evidence(self, link: str, conversation: Conversation | None) -> Updates:
        """Open what a number in an answer stands for; ``link`` is ``<turn>-<number>`` and a stamp that makes it new."""
        turn, _, number = link.partition(" ")[0].partition("-")
        if not (turn.isdecimal() and number.isdecimal()):
            return _unchanged()
        return self._evidence((int(turn), int(number)), conversation)

    def step_back(self, place: Place | None, conversation: Conversation | None) -> Updates:
        """Go to the evidence before this one, in the same answer."""
        return self._evidence((place[0], place[1] - 1), conversation) if place else _unchanged()

    def step_on(self, place: Place | None, conversation: Conversation | None) -> Updates:
        """Go to the evidence after this one, in the same answer."""
        return self._evidence((place[0], place[1] + 1), conversation) if place else _unchanged()

    def open_letter(self, cohort: str, event: gr.SelectData) -> Updates:
        """Open the letter of a row of the table."""
        try:
            return _panel(letter_page(self.desk.letter(cohort, str(event.row_value[0]))))
        except DossierError as error:
            return _panel(problem_page(str(error)))

    def _growing(self, question: str | None, cohort: str | None, conversation: Conversation) -> Iterator[bool]:
        """Write the answer into the last turn; yield whether there is more to show, at each snapshot and each beat."""
        turns, number = conversation.turns, len(conversation.turns) - 1
        answer, problem = None, ""
        try:
            with closing(paced(self._answers(question, cohort, conversation.id))) as snapshots:
                for newest in snapshots:
                    if conversation.stopped or conversation.turns is not turns:
                        problem = STOPPED
                        break
                    answer = newest or answer
                    turns[number] = replace(turns[number], shown=bubble(answer, number), answer=answer)
                    yield newest is not None
        except DossierError as error:
            problem = str(error)
        if problem:
            turns[number] = replace(turns[number], shown=bubble(answer, number, problem))

    def _answers(self, question: str | None, cohort: str | None, conversation: str) -> Iterator[Answer]:
        asked = (question or "").strip()
        if not cohort:
            raise UnknownCohort(NO_LETTERS)
        if not asked:
            raise BadQuestion("Please type a question.")
        if len(asked) > LONGEST_QUESTION:
            raise BadQuestion(f"That is {len(asked):,} characters. Please ask in at most {LONGEST_QUESTION:,}.")
        yield from self.desk.ask(cohort, asked, conversation)

    def _evidence(self, place: Place, conversation: Conversation | None) -> Updates:
        turns = conversation.turns if conversation else []
        answer = turns[place[0]].answer if place[0] < len(turns) else None
        evidence = numbered(answer) if answer else ()
        if answer is None or not 1 <= place[1] <= len(evidence):
            return _unchanged()
        chosen = evidence[place[1] - 1]
        spans = [(e.start, e.end) for e in evidence if e.letter == chosen.letter]
        try:
            page = letter_page(self.desk.letter(answer.cohort, chosen.letter), spans, (chosen.start, chosen.end))
        except DossierError as error:
            page = problem_page(str(error))
        return _panel(page, place, len(evidence))


def title(note: str, local: bool) -> str:
    """Return the page's head: the product's name and, encoded, what ``Desk.location_note`` says."""
    promise = (
        "Your letters stay on this machine." if local else "Your letters are read on the machine that serves this."
    )
    return f'<div class="brand"><h1>Dossier</h1><p><span class="promise">{promise}</span> {show(note)}</p></div>'


def welcome(problem: str) -> str:
    """Return what an empty chat says."""
    if problem:
        return f'<div class="welcome"><h2>Nothing to ask yet</h2><p>{show(problem)}</p></div>'
    return (
        '<div class="welcome"><h2>Ask the letters</h2>'
        "<p>Answers come from the letters alone, with their own words as evidence.</p></div>"
    )


def ready() -> gr.Textbox:
    """Return the update that makes the question box ready for the next question."""
    return gr.Textbox(submit_btn=True, stop_btn=False)


def _fresh(conversation: Conversation | None, problem: str, examples: Sequence[str] = ()) -> Updates:
    """An empty conversation: itself, the chat, the question box, the reading panel."""
    offered: list[ExampleMessage] = [{"text": question} for question in examples]
    chat = gr.Chatbot(value=[], examples=offered, placeholder=welcome(problem))
    return (conversation or Conversation(), chat, ready(), *_panel(EMPTY))


def _lists(letters: Sequence[tuple[str, str, int]] = (), aside: Sequence[SetAside] = ()) -> Updates:
    """The table of letters, the fold with the files set aside, their table."""
    return (
        gr.Dataframe(value=[[name, file_name(source), length] for name, source, length in letters]),
        gr.Accordion(label=f"Set aside ({len(aside)})", visible=bool(aside)),
        gr.Dataframe(value=[[file_name(a.source), a.reason] for a in aside]),
    )


def _as_asked(question: str | None) -> str:
    asked = (question or "").strip()
    return show(asked if len(asked) <= LONGEST_SHOWN else f"{asked[:LONGEST_SHOWN]} …")


def _messages(conversation: Conversation) -> list[dict[str, str]]:
    return [
        {"role": role, "content": shown}
        for turn in conversation.turns
        for role, shown in (("user", turn.question), ("assistant", turn.shown))
        if shown
    ]


def _panel(page: str, place: Place | None = None, count: int = 0) -> Updates:
    """The panel's text, its row of buttons, the counter between them, the two buttons, the place."""
    turn, number = place or (0, 0)
    return (
        page,
        gr.Row(visible=place is not None),
        f'<span id="at-{turn}-{number}">Evidence {number} of {count}</span>',
        gr.Button(interactive=number > 1),
        gr.Button(interactive=number < count),
        place,
    )


def _unchanged() -> Updates:
    return (gr.skip(),) * 6
