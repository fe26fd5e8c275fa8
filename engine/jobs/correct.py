"""A correction: what was tracked on a frame becomes the mask that clicks there mend.

The mask is kept as a file and named in the document like any mask prompt. So the document says all that the result depends on, and
tracking first and correcting then gives the bytes that the same prompts give at once.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..refine import enlarge
from ..shot import MattewrightError, Shot
from ..store import Store, pictures


def keep_tracked_mask(folder: Path, shot: Shot, object_name: str, frame: int) -> Path:
    """Write what the store of `shot`, in `folder`, holds for the object at scene frame `frame`, before its chain; the file's path.

    (height, width) 8 bit, white where the logits, enlarged to the picture, are above 0. Raises MattewrightError when the frame is
    not tracked, or the object was not found there.
    """
    store = Store(folder)
    key = store.key(object_name, "logits", frame)
    if key is None:
        raise MattewrightError(f"object '{object_name}' is not tracked on frame {frame}: track it first, or prompt it without correcting")
    inside = enlarge(store.read_logits(object_name, frame).logits, (shot.footage.height, shot.footage.width)) > 0
    if not inside.any():
        raise MattewrightError(f"object '{object_name}' was not found on frame {frame}: there is no mask to correct; prompt it anew")
    path = store.layout.prompt_mask(object_name, frame)
    pictures.write(path, inside.astype(np.uint8) * 255, key=key)
    return path
