"""The ways to make a picture's features that give other bytes. Imports no torch: what is stale is known without loading anything."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SIDES: Mapping[int, str] = MappingProxyType({1024: "encoder-2", 896: "encoder-2:896", 512: "encoder-2:512"})
"""The sides of the square that a picture is squashed to, pixels, 1024 first: what SAM 2 was trained at. At 896 the network's windows fit
without padding, which saves more than the pixels do. For each the version of the encoder, part of every frame's key: raised when the
same picture would give other features (but for rounding on another machine)."""
