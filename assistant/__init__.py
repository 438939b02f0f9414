"""Answer questions about application letters, with evidence.

>>> from assistant import open_assistant
>>> from ingest.home import find_home
>>> answer = open_assistant(find_home(), "sample").answer("who works on diffusion models?")  # doctest: +SKIP
"""

from assistant.answer import Answer, Candidate, Coverage, Evidence, Kind, Role, Stance, Statement
from assistant.assistant import Assistant, open_assistant
from assistant.conversation import Conversation

__all__ = [
    "Answer",
    "Assistant",
    "Candidate",
    "Conversation",
    "Coverage",
    "Evidence",
    "Kind",
    "Role",
    "Stance",
    "Statement",
    "open_assistant",
]
