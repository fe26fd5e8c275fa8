"""Embeddings on disk: read back to the bit, bounded, and never in the way."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from engine.jobs import Resources
from engine.jobs.kept import MASK_BYTES, Kept
from engine.segment.feature_store import FeatureStore
from engine.segment.image_model import Embedding
from engine.settings import Settings


def embedding(seed: int) -> Embedding:
    torch.manual_seed(seed)
    return Embedding(torch.randn(1, 256, 4, 4), (torch.randn(1, 32, 16, 16), torch.randn(1, 64, 8, 8)), (48, 64 + seed))


def same(a: Embedding, b: Embedding) -> bool:
    pairs = zip((a.image_embed, *a.high_res_feats), (b.image_embed, *b.high_res_feats), strict=True)
    return a.size == b.size and all(torch.equal(one, other) for one, other in pairs)


def test_an_embedding_comes_back_to_the_bit(tmp_path: Path) -> None:
    folder = tmp_path / "Cäche dir"
    FeatureStore(folder, 10**9).put("one", embedding(1))
    found = FeatureStore(folder, 10**9).get("one")
    assert found is not None and same(found, embedding(1))
    assert FeatureStore(folder, 10**9).get("two") is None


def test_the_longest_unused_goes_first(tmp_path: Path) -> None:
    size = embedding(0).nbytes + 1000
    store = FeatureStore(tmp_path, 3 * size)
    for number in range(3):
        store.put(str(number), embedding(number))
        path = store._path(str(number))
        os.utime(path, (1000 + number, 1000 + number))
    assert store.get("0") is not None  # used again
    store.put("3", embedding(3))
    assert [store.get(str(number)) is not None for number in range(4)] == [True, False, True, True]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 3 * size
    FeatureStore(tmp_path, 100).put("large", embedding(5))
    assert FeatureStore(tmp_path, 100).get("large") is None


@pytest.mark.parametrize("content", [b"", b"no tensors", b"\xff" * 100])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    store = FeatureStore(tmp_path, 10**9)
    store.put("one", embedding(1))
    store._path("one").write_bytes(content)
    assert store.get("one") is None
    store.put("one", embedding(1))
    assert store.get("one") is not None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = FeatureStore(tmp_path / "file", 10**9)
    store.put("one", embedding(1))
    assert store.get("one") is None


@pytest.mark.parametrize(("device", "made"), [("cpu", 1), ("cuda", 2)])
def test_a_second_session_does_not_encode_again_on_a_cpu(tmp_path: Path, device: str, made: int) -> None:
    model: Any = SimpleNamespace(device=device)
    calls = []

    def make() -> Embedding:
        calls.append(1)
        return embedding(1)

    for _ in range(2):  # sessions
        resources = Resources(settings=Settings(cache=tmp_path, cache_bytes=10**9))
        assert same(resources.embedding("picture", model, make), embedding(1))
        resources.embedding("picture", model, make)
    assert len(calls) == made


def test_nothing_is_kept_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert Resources().settings == Settings()
    assert Resources()._feature_store() is None


def test_less_is_kept_where_there_is_less_memory() -> None:
    assert Resources().embeddings.limit == 1 << 30
    assert Kept().masks._limit == MASK_BYTES
    little = Settings(device="cpu", memory=10**9)
    resources, kept = Resources(settings=little), Kept(little)
    assert resources.embeddings.limit == 4 * 10**8
    assert kept.masks._limit == 12 * 10**7
    assert resources.device == "cpu"
    limits = [part._limit for part in (kept.tracked, kept.masks, kept.pictures, kept.owners)]
    assert resources.embeddings.limit + sum(limits) < 7 * 10**8
