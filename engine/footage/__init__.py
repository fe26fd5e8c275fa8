"""Pictures of a movie or an image sequence by Blender's scene frame: forward, backward and at random, in bounded memory."""

from .ahead import AheadReader
from .opening import open_footage, probe
from .picture import MissingPictureError, Picture, display_rgb, display_rgb8
from .prefetch import prefetched
from .reader import Reader

__all__ = ["AheadReader", "MissingPictureError", "Picture", "Reader", "display_rgb", "display_rgb8", "open_footage", "prefetched", "probe"]
