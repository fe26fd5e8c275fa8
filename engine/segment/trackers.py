"""The trackers that there are. Imports no torch: whether a frame is stale is known without loading what would make it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .image_model import ImageModel
    from .tracker import Tracker

VERSIONS: Mapping[str, str] = MappingProxyType({"matching": "matching-3"})
"""By the name in the document. Part of every frame's key: raised when the same input would give other bytes."""


def make_tracker(name: str, model: ImageModel) -> Tracker:
    """The tracker that a document calls `name`, on a loaded model."""
    from .matching import MatchingTracker

    return {"matching": MatchingTracker}[name](model)
