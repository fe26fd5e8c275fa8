"""Embeddings of recent pictures, kept within a number of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .image_model import Embedding


class EmbeddingCache:
    """Embeddings by the picture's identity, so that a second prompt on a frame answers at the decoder's speed. For one model; thread-safe.

    Bounded in bytes: the least recently used go first.
    """

    def __init__(self, limit: int = 512 << 20) -> None:
        self.limit = limit
        """Bytes of tensors that are kept at most."""
        self.hits = 0
        self.misses = 0
        self.nbytes = 0
        """Bytes of the tensors that are kept."""
        self._kept: OrderedDict[str, Embedding] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, identity: str, make: Callable[[], Embedding]) -> Embedding:
        """The embedding of the picture called `identity`, from `make` when it isn't kept."""
        with self._lock:
            found = self._kept.get(identity)
            if found is not None:
                self.hits += 1
                self._kept.move_to_end(identity)
                return found
            self.misses += 1
            made = make()
            if made.nbytes <= self.limit:
                self._kept[identity] = made
                self.nbytes += made.nbytes
            while self.nbytes > self.limit:
                self.nbytes -= self._kept.popitem(last=False)[1].nbytes
            return made

    def known(self, identity: str) -> Embedding | None:
        """The embedding if it is kept. Doesn't wait for one that is just being made, and counts as no use of it."""
        return self._kept.get(identity)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            self.nbytes = 0
