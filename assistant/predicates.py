"""One criterion out of a predicate without *and*, *or* and *not*: a stance to a subject, or a facet, or mere words."""

from __future__ import annotations

from functools import lru_cache

from assistant.domain import Domain
from assistant.facets import AskedFacet
from assistant.nouns import LISTED, of_kind
from assistant.question import About, Criterion, Every, Has, Not, Some, Surroundings, Wanted
from assistant.wording import pattern, phrasings, word_list

_LINKS = frozenset(("about", "at", "for", "from", "in", "into", "of", "on", "over", "to", "towards", "with"))
_LAST = 4  # words at the end of a predicate among which a facet is sought


@lru_cache(maxsize=2_000)
def stance(text: str) -> tuple[Wanted | None, str, bool]:
    """Return the stance that a predicate asks for, its subject, and whether a facet would be the better reading."""
    text = pattern("two_verbs").sub(lambda found: found[1] or "", text)
    for phrasing in phrasings():
        subject = phrasing.subject(text)
        if subject or (subject == "" and pattern("empty_verb").match(text)):
            return Wanted(phrasing.wanted), subject, phrasing.vague
    return None, text, True


def single(text: str, verb: Wanted | None, around: Surroundings, *, sure: bool = False) -> Criterion | None:
    """Return the one criterion that a predicate is, or None if it has no words for one.

    :param verb: the stance that the verb before a list asks for.
    :param sure: only if the whole text is known: a facet or a subject's name.
    """
    domain = around.domain
    text = pattern("in_their").sub("", text.strip(" ,;?.!"))
    own, rest, vague = stance(text)
    wanted = own or verb
    rest = _strip(rest)
    if rest and wanted is Wanted.ANY and not pattern("joined").search(rest):
        return About(rest, Wanted.ANY)  # "mentions X", "likes X": these very words
    goes_on = own is None and verb in (Wanted.LACKS, Wanted.COURSE) and not pattern("for_itself").match(text)
    goes_on = goes_on or (own is None and verb is not None and bool(pattern("goes_on").match(text)))
    facet = None if goes_on else _facet(text, own, verb, domain)  # "new to statistics and economics": to economics too
    if facet and not facet.left_over:
        return Has(facet.facets)
    if facet and vague and (facet.leads or own is None):
        return None if sure else Has(facet.facets, facet.left_over)
    words = _trimmed(rest, domain, wanted)
    name = domain.subjects.usual_name(words)
    if name:
        return About(name, wanted or Wanted.DOES, words)
    if pattern("pronoun").match(rest) and around.last is not None:
        return _restate(around.last, wanted or Wanted.DOES)
    if _is_one_thing(words, wanted, around):
        return About(words, wanted or Wanted.ANY)
    if sure or not any(c.isalnum() for c in rest):
        return None
    return About(words, wanted) if wanted else _guess(rest, domain)


def _facet(text: str, own: Wanted | None, verb: Wanted | None, domain: Domain) -> AskedFacet | None:
    """The facet a text asks for, also where the verb stands before the list it is in ("needs a visa and a grant")."""
    found = domain.facets.asked_in(text)
    needed = domain.facets.whole(f"needs {_strip(stance(text)[1])}") if own is Wanted.WANTS else None
    if needed and not pattern("studying").search(text):
        return needed  # "would like a visa letter"
    if own is not None or (found and not found.left_over):
        return found
    bare = _strip(pattern("helping").sub("", text))
    inherited = {Wanted.DOES: "background in", Wanted.WANTS: "wants to"}.get(verb) if verb else "has"
    for phrase in (bare, f"{inherited} {bare}", f"comes from {bare}" if pattern("from").search(text) else ""):
        facet = domain.facets.whole(phrase)
        if facet:
            return facet
    return found


def _guess(text: str, domain: Domain) -> Criterion | None:
    """A predicate that nothing is known of: its words without the verb, anywhere in a letter ("has climbed Etna")."""
    found = pattern("people").fullmatch(_strip(pattern("helping").sub("", text)))
    if found and found["mods"].strip():
        return of_kind(found["mods"].strip(), found["noun"], domain)
    words = pattern("helping").sub("", text)
    thing = _trimmed(_strip(pattern("some_verb").sub("", words)), domain)
    _, _, rest = words.partition(" ")
    if words != text and domain.subjects.usual_name(rest):  # "has grown stem cells", whatever the verb
        return About(domain.subjects.usual_name(rest) or rest, Wanted.DOES, rest)
    facet = _facet_at_end(words, domain)
    if facet:
        return facet
    return About(_known_end(thing, domain) or thing or _strip(words) or text, Wanted.ANY, guessed=True)


def _facet_at_end(text: str, domain: Domain) -> Criterion | None:
    """The facet in the last words of a phrase, behind a verb that is not its own: "underwent [military service]"."""
    words = text.split()
    for start in range(min(len(words), _LAST)):
        if start and words[start - 1].casefold() in _LINKS:
            break  # "married to a PhD student"
        facet = domain.facets.asked_in(" ".join(words[start:]))
        if facet and facet.leads and not facet.facets[0].group:
            between = [word for word in words[1:start] if word.casefold() not in word_list("empty")]
            return Has(facet.facets, " ".join([*between, facet.left_over]).strip())
    return None


def _known_end(text: str, domain: Domain) -> str | None:
    """The longest known subject that a phrase ends with: "a soft spot for [reinforcement learning]"."""
    words = text.split()
    ends = (" ".join(words[start:]) for start in range(1, len(words)) if words[start - 1].casefold() in _LINKS)
    return next((end for end in ends if domain.subjects.usual_name(end)), None)


def guessed(criterion: Criterion, domain: Domain) -> bool:
    """Return whether a part of an expression is only words that may stand anywhere in a letter."""
    match criterion:
        case About(subject, wanted):
            return wanted is Wanted.ANY and domain.subjects.usual_name(subject) is None
        case Not(part):
            return guessed(part, domain)
        case Every(parts) | Some(parts):
            return any(guessed(part, domain) for part in parts)
    return False


def _is_one_thing(text: str, wanted: Wanted | None, around: Surroundings) -> bool:
    """Whether "search and rescue" is one thing, because a letter writes it so; not where its parts are subjects."""
    if not pattern("joined").search(text):
        return False
    parts = [part for part in LISTED.split(text) if part]
    domain = around.domain
    known = any(domain.subjects.usual_name(part) or domain.facets.whole(part) for part in parts)
    return (wanted is Wanted.ANY or not known) and bool(around.name_finder(text))


def _trimmed(text: str, domain: Domain, wanted: Wanted | None = None) -> str:
    """What is asked for without what may stand after it: "glaciers in their thesis", "understand attention better"."""
    while not domain.subjects.usual_name(text):
        shorter = pattern("trail").sub("", text)
        if wanted in (Wanted.WANTS, Wanted.LACKS):
            shorter = pattern("better").sub("", shorter)
        shorter = _strip(shorter)
        if shorter in ("", text):
            break
        text = shorter
    return text


def _strip(text: str) -> str:
    while (shorter := pattern("articles").sub("", text)) != text:
        text = shorter
    return text.strip(' ,;?.!"“”')


def _restate(criterion: Criterion, wanted: Wanted) -> Criterion | None:
    """The last question's subjects with another stance: "and who wants to learn it?"."""
    match criterion:
        case About(subject, _, asked):
            return About(subject, wanted, asked)
        case Every(parts) | Some(parts):
            restated = tuple(part for part in (_restate(part, wanted) for part in parts) if part)
            return (type(criterion)(restated) if len(restated) > 1 else restated[0]) if restated else None
    return None
