"""A matte's outlines as closed Bezier splines with few points and few keyframes, for editing by hand.

    contours      each frame's outline where the matte is half, to a fraction of a pixel
    pieces        which outlines of successive frames are one piece: islands and holes that come and go
    correspondence  which place of a piece's outline is which on the next frame
    splines       one set of points for all frames of a piece, with Bezier handles
    keys          the frames that need a shape of their own, so that the rest are interpolated

Positions are pixels of the picture, x to the right, y down, (0, 0) its top left corner: a pixel's centre is at halves.
"""

from .tracing import Settings, Tracing

__all__ = ["Settings", "Tracing"]
