"""Embeddings on disk, from one session to the next: on a processor a picture's features take seconds to make, and milliseconds to read.

A file each, named by a digest of all that the features were made from. Bounded in bytes: the longest unused go first. Several engines may
share the folder; a file appears whole or not at all, and one that is damaged or gone is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import safetensors
import safetensors.torch
import torch

from .image_model import Embedding

SUFFIX = ".features"
VERSION = "1"


def default_folder() -> Path:
    """The user's own."""
    import platformdirs

    return platformdirs.user_cache_path("mattewright", appauthor=False) / "features"


class FeatureStore:
    """A folder of embeddings, all of the CPU: a GPU makes them faster than a disk reads them."""

    def __init__(self, folder: Path, limit: int) -> None:
        """At most `limit` bytes. The folder is made with the first embedding."""
        self._folder, self._limit = folder, limit
        self._bytes: int | None = None
        """Of the folder's files; None before they were counted."""

    def get(self, identity: str) -> Embedding | None:
        """The embedding of `identity`; None where it isn't there whole."""
        path = self._path(identity)
        try:
            with safetensors.safe_open(path, "pt") as file:
                about = file.metadata() or {}
                tensors = [file.get_tensor(name) for name in ("image_embed", "high", "middle")]
            height, width = int(about["height"]), int(about["width"])
            os.utime(path)
        except (OSError, safetensors.SafetensorError, KeyError, ValueError):
            return None
        return Embedding(tensors[0], (tensors[1], tensors[2]), (height, width))

    def put(self, identity: str, made: Embedding) -> None:
        """Keep `made`, and let go of what is too much. A full or read-only disk is no error: then it is not kept."""
        if made.nbytes > self._limit:
            return
        tensors = {"image_embed": made.image_embed, "high": made.high_res_feats[0], "middle": made.high_res_feats[1]}
        about = {"height": str(made.size[0]), "width": str(made.size[1])}
        content = safetensors.torch.save({name: tensor.contiguous() for name, tensor in tensors.items()}, about)
        path = self._path(identity)
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            self._bytes = (self._bytes or 0) + len(content) if self._bytes is not None else None
            self._prune()

    def _prune(self) -> None:
        if self._bytes is not None and self._bytes <= self._limit:
            return
        found = []
        for path in self._folder.glob(f"*{SUFFIX}"):
            with contextlib.suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime_ns, state.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found, key=lambda item: item[0]):
            if total <= self._limit:
                break
            with contextlib.suppress(OSError):  # another engine reads it, on Windows
                path.unlink(missing_ok=True)
                total -= size
        self._bytes = total

    def _path(self, identity: str) -> Path:
        digest = hashlib.sha256(f"{VERSION}:{torch.__version__}:{identity}".encode()).hexdigest()
        return self._folder / (digest + SUFFIX)
