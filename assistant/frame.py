"""Of whom a question asks: "could you list the [PhD students] who [have published]", "[federated learning] people".

A frame is what a question about a set of letters has in common with all others; what it asks of them is left as words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.domain import Domain
from assistant.nouns import says_something
from assistant.wording import pattern


@dataclass(frozen=True)
class Frame:
    """A question about a set: its noun, if that says something, and its predicate."""

    predicate: str
    kind_of: str = ""  # "PhD", "federated learning"
    noun: str = ""  # "students", "people"
    count: bool = False
    within_last: bool = False
    bare: bool = False  # nothing in it says that it asks for people
    listed: bool = False  # but it says "list" or "show me": it may as well ask for topics


def framed(question: str, domain: Domain) -> Frame | None:
    """Return what a plain question asks of whom, or None if it does not ask for a set of letters."""
    *_, question = pattern("sentence").split(question)
    text = pattern("aside").sub(" ", pattern("example").sub("", pattern("lead").sub("", question)))
    text = pattern("tail").sub("", text).strip()
    group = pattern("group_first").match(text)
    if group and says_something(group["group"], "", domain):
        frame = framed(group["rest"], domain)
        return frame and (frame if frame.kind_of else replace(frame, kind_of=group["group"]))
    passive = _passive(text)
    if passive:
        return passive
    back = pattern("back").search(text)
    narrows = pattern("narrow").match(text)
    within = bool(back or narrows or pattern("anew").match(text))
    if back:
        text = f"{text[: back.start()]} {text[back.end() :]}".strip()
    if narrows:
        text = text[narrows.end() :]
    requested = pattern("request").match(text)
    if requested:
        text = text[requested.end() :]
    counted = pattern("count").match(text)
    if counted:
        text = pattern("leftover_count").sub("", text[counted.end() :])
    frame = _asked(text, counts=bool(counted), requested=bool(requested or within), domain=domain)
    return frame and replace(frame, count=bool(counted), within_last=within)


def _passive(text: str) -> Frame | None:
    """ "In how many letters is X mentioned?", "by whom was X used?"."""
    mentioned = pattern("passive_any").match(text)
    if mentioned:
        return Frame(f"mentions {mentioned['what']}", count="how many" in mentioned.group().casefold())
    used = pattern("passive_does").match(text) if pattern("passive_by").search(text) else None
    return Frame(f"uses {used['what']}") if used else None


def _asked(text: str, *, counts: bool, requested: bool, domain: Domain) -> Frame | None:
    asker = pattern("asker").match(text)
    rest = text[asker.end() :] if asker else text
    rest = pattern("of_all").sub(" ", rest, count=1).strip()
    if asker and asker["to_whom"]:
        return Frame(text)
    if asker and asker["who"]:
        return Frame(rest)
    if asker and asker["whose"]:
        return Frame(f"whose {rest}")
    picks = counts or bool(asker and asker["which"])  # "which ...", "how many ...": a noun must follow, or a verb
    return _people(rest, picks=picks, asks=bool(asker), domain=domain) or _without_people(
        rest, picks, requested or bool(asker), domain
    )


def _people(text: str, *, picks: bool, asks: bool, domain: Domain) -> Frame | None:
    found = pattern("people").match(text)
    if not found:
        return None
    kind_of, noun, rest = found["mods"].strip(" ,"), found["noun"], text[found.end() :]
    if (picks and kind_of and not says_something(kind_of, noun, domain)) or pattern("command").match(kind_of):
        return None  # "which methods do people use?"
    link = (found["link"] or "").casefold()
    if link == "in which" and (mentioned := _passive(f"in which letters {rest}")):
        return replace(mentioned, kind_of=kind_of, noun=noun)
    more = pattern("more_nouns").match(rest) if kind_of else None
    if more and not link and says_something(more["more"], "", domain):
        kind_of, rest = f"{kind_of} or {more['more']}", rest[more.end() :]
        rest = re.sub(r"^(?:who|that|which)\s+", "", rest, flags=re.IGNORECASE)
    if link.startswith("whose") and link != "whose writer":
        rest = f"whose {rest}"
    rest = pattern("two_things").sub(r"\1 and ", rest)
    if picks or asks:
        rest = pattern("belongs").sub(r"\1 and ", rest)
    return Frame(rest, kind_of, noun)


def _without_people(text: str, picks: bool, requested: bool, domain: Domain) -> Frame | None:
    """ "Which have published?", "how many postdocs are there?", "any bloggers?", "robotics"."""
    if not picks and (pattern("asks_fact").match(text) or pattern("command").match(text)):
        return None
    if picks and pattern("predicate").match(text):
        return Frame(text)
    split = pattern("head_noun").match(text)
    if split and says_something(split["noun"], "", domain) and (picks or not domain.subjects.usual_name(text)):
        return Frame(split["rest"], split["noun"], bare=not requested)
    if picks and pattern("sort_of").match(text):
        return Frame(text)
    if picks:
        return Frame("", text) if says_something(text, "", domain) else None
    said = pattern("afterthought").sub("", text)
    said = re.sub(r"^(?:any|some|all|every|the|our|they|them|those|these)\s+", "", said, flags=re.IGNORECASE)
    return Frame(said, bare=True, listed=requested) if said else None
