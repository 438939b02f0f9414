"""What can go wrong, as a tree:

DossierError                 anything the user is told in one sentence; never shows letter text
 ├─ NotReadable              one file or row cannot become a letter; it is set aside, the rest goes on
 ├─ NothingFound             a path is missing, or holds no file Dossier can read
 ├─ UnknownCohort            no such cohort in this home
 ├─ UnknownLetter            no such letter in this cohort
 ├─ HomeBusy                 another process is writing to this home
 ├─ HomeDamaged              the stored letters cannot be read or are of a newer version
 ├─ EmbeddingMismatch        the cohort was indexed with another model or other settings
 ├─ ModelUnavailable         an embedding model cannot be loaded, or is not the one it should be
 ├─ ModelFailed              the local language model gave no reply, or not a whole one
 └─ BadQuestion              an empty question, or one too long to be a question
"""


class DossierError(Exception):
    """A failure with a message for the user: what happened, to what, what to do next."""


class NotReadable(DossierError):
    """One file or row cannot become a letter; the message is the reason that is listed."""


class NothingFound(DossierError):
    """A path is missing, or nothing under it is a file Dossier can read."""


class UnknownCohort(DossierError):
    """No such cohort in this home."""


class UnknownLetter(DossierError):
    """No such letter in this cohort."""


class HomeBusy(DossierError):
    """Another process is writing to this home."""


class HomeDamaged(DossierError):
    """The stored letters cannot be read, or were written by a newer Dossier."""


class EmbeddingMismatch(DossierError):
    """The cohort was indexed with another embedding model or with other settings."""


class ModelUnavailable(DossierError):
    """An embedding model cannot be loaded, or its weights are not what they should be."""


class ModelFailed(DossierError):
    """The local language model cannot be used, gave no reply, or not a whole one."""


class BadQuestion(DossierError):
    """The question is empty or too long."""
