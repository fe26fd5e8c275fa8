"""The trackers that there are. Imports no torch: whether a frame is stale is known without loading what would make it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..shot import MattewrightError

if TYPE_CHECKING:
    from .image_model import ImageModel
    from .models import Model
    from .tracker import Tracker

VERSIONS: Mapping[str, str] = MappingProxyType({"matching": "matching-4", "memory": "memory-1"})
"""By the name in the document. Part of every frame's key: raised when the same input would give other bytes."""


def resolve(name: str, model: Model) -> str:
    """The tracker that the document's `name` means for `model`: `auto` is ``memory`` where the weights have it, else ``matching``.

    Raises MattewrightError when the tracker needs memory weights, and the model has none.
    """
    if name == "auto":
        return "memory" if model.has_memory else "matching"
    if name == "memory" and not model.has_memory:
        raise MattewrightError(
            f"tracking.tracker: 'memory' needs memory weights, which model '{model.name}' has not:"
            " choose a SAM 2.1 model, 'matching' or 'auto'"
        )
    return name


def make_tracker(name: str, model: ImageModel, wraps: bool = False) -> Tracker:
    """The tracker `name`, a key of `VERSIONS`, on a loaded model. `wraps`: a panorama, which only ``matching`` makes anything of."""
    from .matching import MatchingTracker
    from .memory import MemoryTracker

    made: dict[str, Callable[[ImageModel], Tracker]] = {"matching": partial(MatchingTracker, wraps=wraps), "memory": MemoryTracker}
    return made[name](model)
