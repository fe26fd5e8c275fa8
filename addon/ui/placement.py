"""Where the clip is in an editor's region, through zoom and pan, to a part of a pixel."""

from __future__ import annotations

from typing import Any, NamedTuple

import bpy


class Placement(NamedTuple):
    """The picture's place in a region: pixels of the region, (0, 0) its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float

    def point(self, across: float, down: float) -> tuple[float, float]:
        """The region's pixel of a place in the picture: 0 to 1 from its left edge and from its top edge."""
        return self.left + across * self.width, self.bottom + (1.0 - down) * self.height


def placement(region: bpy.types.Region) -> Placement | None:
    """Where the undistorted, unstabilised clip is; None for a region that has no size.

    From two corners of the region: `view_to_region` gives whole pixels, `region_to_view` doesn't.
    """
    if region.width < 1 or region.height < 1:
        return None
    to_view: Any = region.view2d.region_to_view  # which the stubs of some versions know less of
    left, bottom = to_view(0, 0)
    right, top = to_view(region.width, region.height)
    if right <= left or top <= bottom:
        return None
    width, height = region.width / (right - left), region.height / (top - bottom)
    return Placement(-left * width, -bottom * height, width, height)
