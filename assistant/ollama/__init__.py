"""A language model that an Ollama server on this machine runs: where it is, which model to take, how to ask it.

It is asked with the plain client ``ollama.Client``, not with LlamaIndex's ``Ollama`` (llama-index-llms-ollama 0.11.0),
which loses what answers depend on; ``tests/test_stock_integration.py`` records it:

- it asks for the largest context the model can have (``context_window=-1``): 131,072 tokens for one of 3 billion
  parameters, and the memory for them;
- options and ``think`` that come with a call are dropped, so a thinking model thinks aloud;
- OLLAMA_HOST has no effect;
- a stream that ends without ``done`` passes for a finished answer, and no limit of time holds for a whole call.

Importing this package loads neither client nor HTTP library.
"""

from assistant.ollama.address import allowed_address, server_address
from assistant.ollama.choice import RECOMMENDED, choose_model
from assistant.ollama.model import OllamaModel
from assistant.ollama.patience import Patience
from assistant.ollama.server import look, pull

__all__ = [
    "RECOMMENDED",
    "OllamaModel",
    "Patience",
    "allowed_address",
    "choose_model",
    "look",
    "pull",
    "server_address",
]
