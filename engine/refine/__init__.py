"""Refine: the threshold chain. One small pure function an op, declared once where it is written.

An op is ``(mask, picture, values) -> mask``: masks are (height, width) float32, 0 to 1, pictures (height, width, 3) float32, 0 to 1
display RGB, or None for an op that does not ask for them.
"""

from .chain import CATALOGUE, Refined, chain_at, reads_picture, refine
from .winner import owners

__all__ = ["CATALOGUE", "Refined", "chain_at", "owners", "reads_picture", "refine"]
