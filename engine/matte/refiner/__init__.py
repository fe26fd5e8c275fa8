"""Our own way from a mask to an alpha: a small UNet with wavelets that corrects classical estimates in the unknown band.

Imports torch only where it is used: whether an alpha is stale is known without loading what would make it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...shot import MattewrightError

if TYPE_CHECKING:
    from ..method import AlphaMethod

WEIGHTS = Path(__file__).with_name("refiner.safetensors")
_REVISION = 1
"""Goes up when the same picture and weights would give another alpha."""


def available() -> bool:
    """Whether the weights that ship are there."""
    return WEIGHTS.is_file()


def version() -> str:
    """Part of every alpha's key, by the checksum that is written beside the weights. Raises MattewrightError without them."""
    beside = WEIGHTS.with_suffix(".sha256")
    if not available() or not beside.is_file():
        raise MattewrightError(f"{WEIGHTS}: the refiner's weights are missing: choose another matte method, or install the extension anew")
    return f"refiner {_REVISION} {beside.read_text(encoding='utf-8')[:16]}"


def load(device: str | None = None) -> AlphaMethod:
    """The method on `device` or the best there is. Raises MattewrightError without weights."""
    from .refiner import Refiner  # type: ignore[import-not-found,unused-ignore]

    method: AlphaMethod = Refiner(device)
    return method
