"""Fit the annotator's additions: which stance the words of a letter give to a subject mentioned there."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import torch
from rich.progress import track
from torch.nn import functional

from eval.training.marked import Marked, labelled
from ingest.annotate import Stretch, stretches
from ingest.embed import DEFAULT_MODEL, find_embedder
from ingest.letters import Stance
from ingest.network import Network, padded
from ingest.segment import sentences

_STANCES = list(Stance)
_BATCH = 12
_RATE = 1e-3
_WARM_UP = 0.06  # share of the steps in which the rate grows
_SMOOTHING = 0.05  # of the labels
_DROPOUT = 0.1


@dataclass(frozen=True)
class _Example:
    stretch: Stretch
    marks: Sequence[tuple[Sequence[int], int]]  # token places, stance


@click.option("--epochs", default=5, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--without", default="", help="Leave this field of the labelled text out, and judge by it.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write (default: the shipped file).")
def fit(epochs: int, seed: int, without: str, out: Path | None) -> None:
    """Fit the annotator on the labelled text (about a quarter of an hour)."""
    from safetensors.torch import save_file

    texts = list(labelled())
    network = train([text for text in texts if text.field != without], epochs, seed)
    if without:
        right, per_stance = judge(network, [text for text in texts if text.field == without])
        click.echo(f"{without}: {right:.3f} right (does and did together); {per_stance}")
    if out or not without:
        path = out or Path(__file__).parents[2] / "ingest" / "data" / "annotator.safetensors"
        save_file({name: value.contiguous() for name, value in network.learned().items()}, str(path))
        click.echo(f"wrote {path.name}: fitted on {len(texts)} texts")


def train(texts: Sequence[Marked], epochs: int, seed: int) -> Network:
    """Return a network fitted to the marks, by AdamW with a rate that grows, then falls to 0."""
    torch.manual_seed(seed)
    order = random.Random(seed)
    network = Network(find_embedder(DEFAULT_MODEL, "").folder)
    examples = [example for text in texts for example in _examples(network, text)]
    learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=_RATE, weight_decay=0.01)
    steps = epochs * -(-len(examples) // _BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, step / (_WARM_UP * steps + 1)) * (1 - step / steps)
    )
    network.train()
    for epoch in range(epochs):
        for batch in track(list(_batches(examples, order)), f"epoch {epoch + 1} of {epochs}"):
            with torch.autocast("cpu", torch.bfloat16):
                hidden = network.tokens(*padded([example.stretch.ids for example in batch]))
            spans = [
                (hidden[row, list(places)].float().mean(0), stance)
                for row, example in enumerate(batch)
                for places, stance in example.marks
            ]
            if spans:
                vectors = functional.dropout(torch.stack([vector for vector, _ in spans]), _DROPOUT)
                wanted = torch.tensor([stance for _, stance in spans])
                loss = functional.cross_entropy(network.head(vectors), wanted, label_smoothing=_SMOOTHING)
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                torch.nn.utils.clip_grad_norm_(learned, 1.0)
                optimiser.step()
            schedule.step()
    return network.eval()


def judge(network: Network, texts: Sequence[Marked]) -> tuple[float, dict[str, float]]:
    """Return the share of marks judged rightly (does and did taken as one), and the share by stance."""
    right, wrong = Counter[str](), Counter[str]()
    working = {Stance.DOES, Stance.DID}
    for example in (example for text in texts for example in _examples(network, text)):
        with torch.inference_mode():
            scores = network.head(network.tokens(*padded([example.stretch.ids]))[0])
        for places, stance in example.marks:
            found, meant = _STANCES[int(scores[list(places)].mean(0).argmax())], _STANCES[stance]
            (right if found is meant or {found, meant} <= working else wrong)[meant] += 1
    shares = {stance: right[stance] / max(1, right[stance] + wrong[stance]) for stance in Stance}
    return right.total() / max(1, right.total() + wrong.total()), {s: round(v, 2) for s, v in shares.items()}


def _examples(network: Network, text: Marked) -> Iterator[_Example]:
    for stretch in stretches(network.tokenizer, text.text, sentences(text.text)):
        scored = [span for _, _, span in stretch.scored]
        marks = []
        for start, end, stance in text.marks:
            places = [n for n, (first, last) in enumerate(stretch.tokens) if 0 <= first < end and last > start]
            if places and any(span.start < end and start < span.end for span in scored):
                marks.append((places, _STANCES.index(stance)))
        yield _Example(stretch, marks)


def _batches(examples: Sequence[_Example], order: random.Random) -> Iterator[Sequence[_Example]]:
    """Batches of similar length, in random order."""
    mixed = order.sample(examples, len(examples))
    groups = [mixed[n : n + 20 * _BATCH] for n in range(0, len(mixed), 20 * _BATCH)]
    batches = []
    for group in groups:
        ordered = sorted(group, key=lambda example: len(example.stretch.ids))
        batches += [ordered[n : n + _BATCH] for n in range(0, len(ordered), _BATCH)]
    yield from order.sample(batches, len(batches))
