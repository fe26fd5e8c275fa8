"""Every op that there is. An op is written once, in its family's file; here its family is listed."""

from __future__ import annotations

from . import combining, edges, keys, levels, picture, shape, temporal, threshold
from .op import Op, PictureOp

FAMILIES = (threshold, keys, levels, combining, shape, edges, picture, temporal)
"""In the order of menus."""
OPS: dict[str, Op | PictureOp] = {op.declaration.name: op for family in FAMILIES for op in family.OPS}
CATALOGUE = {name: op.declaration for name, op in OPS.items()}
"""The declarations, as the document's validation, the panel and the command line see them."""
