"""``dossier words``: what Dossier knows of a cohort's field, and the files that say more."""

from __future__ import annotations

from pathlib import Path

from assistant.domain import FACETS, SUBJECTS, domain_in, shipped
from ingest.errors import DossierError
from ingest.home import Home

_STARTER = {
    SUBJECTS: """\
# Subjects of this cohort. They add to those that come with Dossier; under the name of one of those, to its lists.
# With "replace = true" here, before the first table, they stand in their place.
#
# [[subject]]
# name = "peat bogs"
# names = ["mire", "peatland"]                    # the same thing by other names
# methods = ["water table depth", "peat core"]    # one of these in a letter is convincing
# signs = ["sphagnum", "carbon in the ground"]    # of these two are needed, or another reason
# parents = ["ecology"]                           # who asks for these gets this one too
""",
    FACETS: r"""# What else is asked of applicants in this cohort. Patterns are regular expressions, in lower case.
#
# [[facet]]
# name = "has a driving licence"                            # how an answer calls it: "letters whose writer ..."
# ask = ['\bdriving licen[cs]e\b', '\bcan drive\b']       # in a question
# say = ['\bi have a driving licen[cs]e\b']               # in a sentence of a letter
# unless = ['\bno driving licen[cs]e\b']                  # what makes such a sentence mean something else
""",
}


def start(home: Home, cohort: str) -> list[Path]:
    """Write the files that are not there yet, with an example in each; return these.

    :raises DossierError: if the folder cannot be written to.
    """
    folder = home.words(cohort)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        missing = [folder / name for name in _STARTER if not (folder / name).exists()]
        for path in missing:
            path.write_text(_STARTER[path.name], encoding="utf-8")
            path.chmod(0o600)
    except OSError as error:
        raise DossierError(f"{folder} cannot be written to ({error.strerror}): choose another --home") from error
    return missing


def known(home: Home, cohort: str) -> list[str]:
    """Return lines that say what is known of a cohort's field, and from which files.

    :raises DossierError: if one of its own files cannot be used.
    """
    folder, domain, ours = home.words(cohort), domain_in(home.words(cohort)), shipped()
    own = sorted(set(domain.subjects.subject_names) - set(ours.subjects.subject_names))
    lines = [f"{len(domain.subjects.subject_names)} subjects, {len(domain.facets.table)} attributes"]
    for name in _STARTER:
        lines.append(f"{folder / name}: {'in use' if (folder / name).exists() else 'not there'}")
    if own:
        lines.append(f"subjects of this cohort alone: {', '.join(own)}")
    return lines


def explain(home: Home, cohort: str, text: str) -> list[str]:
    """Return lines that say what a subject is recognised by.

    :raises DossierError: if no subject goes by this name.
    """
    subject = domain_in(home.words(cohort)).subjects.named(text)
    if subject is None:
        raise DossierError(
            f"no subject goes by the name {text!r}: letters are searched for these words. "
            "To say more: dossier words --start"
        )
    own = subject.entries[0]
    told = (("names", own.names), ("methods", own.methods), ("signs", own.signs), ("not", own.excluded))
    lines = [subject.name, *(f"  {key}: {', '.join(p.text for p in phrases)}" for key, phrases in told if phrases)]
    return [*lines, f"  with: {', '.join(subject.family[1:])}"] if subject.family[1:] else lines
