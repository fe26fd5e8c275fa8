"""What is on the clips of the test in a window: a real one made short and small, and disks that move over a pattern, whose truth is known.

Runs in the engine's environment, not in Blender.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

SIZE = (640, 360)
FRAMES = 12
FIRST = 0
"""The real clip's first picture that is taken."""
DISK_SIZE = (480, 270)
DISK_FRAMES = 24
DISK = (200.0, 130.0, 50.0)
"""x and y of the disk's middle on frame 1, and its radius; it goes 4 pixels to the right a frame."""
DISK_STEP = 4.0
PERSON_SIZE = (440, 330)
PERSON_FRAMES = 3
PERSON_STEP = 4
"""Pixels that the picture of a person goes to the left a frame."""
FACE, NECK, SUIT = (215.0, 115.0), (213.0, 205.0), (130.0, 270.0)
"""Pixels of the person on those frames, bright, dark and red."""
WALL = (320.0, 60.0)
"""And one that is not the person."""
COLORS = {"a": (190, 180, 50), "b": (50, 128, 205)}
"""R'G'B' of the disks, by clip."""


def short_movie(source: Path, target: Path) -> None:
    """`FRAMES` pictures of a movie at `SIZE`, as H.264."""
    import av

    with av.open(str(source)) as read, av.open(str(target), "w") as out:
        rate = read.streams.video[0].average_rate or Fraction(24)
        stream = out.add_stream("libx264", rate=rate, options={"crf": "14"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number, frame in enumerate(read.decode(video=0)):
            if number >= FIRST + FRAMES:
                break
            if number >= FIRST:
                small = frame.reformat(*SIZE, format="yuv420p", interpolation="AREA")
                small.pts, small.time_base = number - FIRST, 1 / rate
                for packet in stream.encode(small):
                    out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)


def disk(frame: int) -> npt.NDArray[np.bool_]:
    """(height, width): where the disk is on `frame`, counted from 1."""
    rows, columns = np.mgrid[0 : DISK_SIZE[1], 0 : DISK_SIZE[0]]
    return np.asarray(np.hypot(columns - DISK[0] - DISK_STEP * (frame - 1), rows - DISK[1]) < DISK[2])


def disks(folder: Path, name: str) -> Path:
    """Pictures of the clip `name` in `folder`; the first of them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, columns = np.mgrid[0 : DISK_SIZE[1], 0 : DISK_SIZE[0]].astype(np.float32)
    ground = np.repeat((255 * (0.25 + 0.1 * np.sin(columns / 9) * np.cos(rows / 7)))[..., None], 3, axis=2)
    for frame in range(1, DISK_FRAMES + 1):
        picture = ground.copy()
        picture[disk(frame)] = COLORS[name][::-1]
        _write(folder / f"{name}_{frame:04d}.png", picture.round().astype(np.uint8))
    return folder / f"{name}_0001.png"


def person(folder: Path, source: Path) -> Path:
    """Pictures in `folder` that pan over the picture `source`, of a person; the first of them."""
    import cv2

    folder.mkdir(parents=True, exist_ok=True)
    whole = cv2.imdecode(np.frombuffer(source.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert whole is not None
    width, height = PERSON_SIZE
    for frame in range(1, PERSON_FRAMES + 1):
        left = PERSON_STEP * frame
        _write(folder / f"person_{frame:04d}.png", whole[:height, left : left + width])
    return folder / "person_0001.png"


def _write(path: Path, picture: Any) -> None:
    import cv2

    done, content = cv2.imencode(".png", picture)
    assert done
    path.write_bytes(content.tobytes())  # not cv2.imwrite, which takes no such path on Windows
