"""Where the clip is in an editor's region, through zoom and pan, to the pixel of the screen."""

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

    Blender draws the picture from a whole pixel on, the one that `view_to_region` gives, but of a size that is no whole number of them:
    that comes from two corners of the region.
    """
    if region.width < 1 or region.height < 1:
        return None
    view: Any = region.view2d  # which the stubs of some versions know less of
    left, bottom = view.region_to_view(0, 0)
    right, top = view.region_to_view(region.width, region.height)
    if right <= left or top <= bottom:
        return None
    across, up = view.view_to_region(0.0, 0.0, clip=False)
    return Placement(across, up, region.width / (right - left), region.height / (top - bottom))
