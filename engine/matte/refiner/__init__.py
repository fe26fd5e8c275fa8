"""Our own ways from a mask to an alpha, learnt: a small network that corrects the closed form pixel by pixel by the evidence around each
(`corrector`), and a UNet with wavelets that corrects classical estimates in the unknown band (`refiner`). The weights' kind says which.

Imports torch only where it is used. MODEL_CARD.md tells what the weights that ship were trained on, and how good they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..closed_form import CLOSED_FORM
from .shipped import CORRECTOR, SHIPPED, available, checksum_of, needs_features, told

if TYPE_CHECKING:
    from ..method import AlphaMethod
    from .corrector import Corrector

__all__ = ["available", "load", "load_corrector", "needs_features", "version"]

_REVISION = 1
"""Goes up when the same picture would give another alpha by the same weights."""


def version(path: Path = SHIPPED) -> str:
    """Part of every alpha's key. Raises MattewrightError when the weights are missing, or are not what they should be."""
    own = f"refiner {_REVISION} {checksum_of(path)[:16]}"
    return f"{CLOSED_FORM.version} {own}" if told(path)["settings"].get("solved") else own


def load_corrector(path: Path = SHIPPED) -> Corrector:
    """What corrects a closed form's alpha. Raises as `version` does."""
    from .corrector import Corrector, Weights

    return Corrector(Weights.load(path), version(path))


def load(device: str | None = None, path: Path = SHIPPED) -> AlphaMethod:
    """The method with the weights in `path`; a UNet on `device` or the best there is. Raises as `version` does."""
    if told(path).get("kind") == CORRECTOR:
        return load_corrector(path)
    from .refiner import Refiner

    return Refiner.load(device, path)
