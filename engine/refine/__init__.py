"""Refine: the threshold chain. One small pure function an op, declared once where it is written (`op.Op`).

Masks are (height, width) float32, 0 to 1; pictures (height, width, 3) float32, R'G'B' as displayed, 0 to 1.
"""

from .catalogue import CATALOGUE, OPS
from .chain import Chain, Sources, chain_at, depth, frames_needed, reads_depth, reads_picture
from .logits import enlarge
from .region import Box, Region
from .still import refine
from .winner import owners

__all__ = [
    "CATALOGUE",
    "OPS",
    "Box",
    "Chain",
    "Region",
    "Sources",
    "chain_at",
    "depth",
    "enlarge",
    "frames_needed",
    "owners",
    "reads_depth",
    "reads_picture",
    "refine",
]
