"""The network that reads letters: all-MiniLM-L6-v2 with a few learned additions. Imports torch; load it late.

The additions are low-rank updates of the linear layers (LoRA, Hu et al. 2021) and a linear layer that tells the stance
at each token. They are small, so they ship as data (``ingest/data/annotator.safetensors``); the rest comes with the
embedding model's package. ``python -m eval.training`` fits them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from ingest.letters import Stance

RANK = 16
_SCALE = 2.0


class _Updated(nn.Module):
    """A frozen linear layer plus a learned update of low rank: ``x W' + b + scale (x A') B'``."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        self.a = nn.Parameter(torch.randn(RANK, layer.in_features) / math.sqrt(layer.in_features))
        self.b = nn.Parameter(torch.zeros(layer.out_features, RANK))

    def forward(self, x: Tensor) -> Tensor:
        update: Tensor = (x @ self.a.T) @ self.b.T
        result: Tensor = self.layer(x) + _SCALE * update
        return result


class Network(nn.Module):
    """Reads token ids; gives a vector for every token, and by ``head`` the scores of its stances."""

    def __init__(self, folder: Path) -> None:
        """Load the frozen model from a folder; its additions say nothing yet."""
        super().__init__()
        self.tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self.model = AutoModel.from_pretrained(str(folder), local_files_only=True)
        for parameter in self.model.parameters():
            parameter.requires_grad = False
        for name, module in list(self.model.named_modules()):
            if isinstance(module, nn.Linear) and "encoder" in name:
                parent, _, last = name.rpartition(".")
                setattr(self.model.get_submodule(parent), last, _Updated(module))
        self.head = nn.Linear(self.model.config.hidden_size, len(Stance))

    def tokens(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the vectors of tokens, of shape (texts, tokens, dimension), from ids and mask of (texts, tokens)."""
        hidden: Tensor = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return hidden

    def learned(self) -> dict[str, Tensor]:
        """Return what training changes."""
        return {
            name: value.detach().half() for name, value in self.named_parameters() if value.requires_grad
        }  # half precision: stances and vectors stay the same to three digits

    def learn(self, additions: Mapping[str, Tensor]) -> None:
        """Take over additions that ``learned`` gave.

        :raises ValueError: if one is missing or unknown.
        """
        differing = additions.keys() ^ self.learned().keys()
        if differing:
            raise ValueError(f"additions that do not fit this model: {sorted(differing)[:3]}")
        self.load_state_dict({name: value.float() for name, value in additions.items()}, strict=False)

    def merge(self) -> None:
        """Add the learned updates into the layers: the same results, faster; nothing can be learned any more."""
        for name, module in list(self.model.named_modules()):
            if isinstance(module, _Updated):
                with torch.no_grad():
                    module.layer.weight += _SCALE * module.b @ module.a
                parent, _, last = name.rpartition(".")
                setattr(self.model.get_submodule(parent), last, module.layer)


def padded(texts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Return ids and mask of shape (texts, longest) for lists of token ids."""
    longest = max(len(text) for text in texts)
    ids = torch.zeros(len(texts), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = 1
    return ids, mask
