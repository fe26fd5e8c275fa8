"""What a mask is made from besides its own logits when the shot's objects share out the pixels (`Shot.overlap` is ``winner``).

An object yields to the logits that are in the store on its frame, whoever made them and whenever. So the masks that are on disk never
overlap, not even while another object waits to be tracked again; and a job for some of the objects, which tracks these alone, makes the
masks of all, in whatever order the objects are done.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..shot import FrameRange, Shot
from ..store import Store
from ..store.keys import Rivals

FrameKeys = Mapping[str, str]
"""The keys of the logits on one frame, by object."""


def rivals(shot: Shot, name: str, found: FrameKeys) -> Rivals | None:
    """What object `name` yields to, out of all the logits `found` on a frame; None when masks stand alone."""
    if shot.overlap != "winner":
        return None
    names = [item.name for item in shot.objects]
    here = names.index(name)
    return [found[other] for other in names[:here] if other in found], [found[other] for other in names[here + 1 :] if other in found]


def recorded(store: Store, name: str, frames: FrameRange | set[int]) -> dict[int, str]:
    """By frame, the keys of the logits of object `name` that the store holds on `frames`."""
    found = {}
    for frame, _ in store.layout.files(name, "logits"):
        key = store.key(name, "logits", frame) if frame in frames else None
        if key is not None:
            found[frame] = key
    return found
