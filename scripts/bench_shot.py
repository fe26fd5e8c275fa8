"""The shot of the benches in a window: a movie of a figure over a busy ground, and logits as a tracker leaves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

WIDTH, HEIGHT, FRAMES = 1920, 1080, 8
OBJECT = "dancer"


def make_shot(folder: Path, chain: Sequence[tuple[str, dict[str, Any]]] = ()) -> Any:
    """``clip.mp4`` and ``shot.mattewright`` in `folder`: a body with arms that moves, its logits, and the document with this chain."""
    import cv2
    import numpy as np

    from engine import shot
    from engine.footage import probe
    from engine.segment.tracker import Prediction
    from engine.store import Store

    random = np.random.default_rng(3)
    ground = cv2.resize(random.normal(0, 12, (68, 120, 3)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    ground = ground + np.linspace([70, 95, 120], [120, 110, 85], HEIGHT)[:, None]
    cloth = cv2.resize(random.normal(0, 10, (270, 480, 1)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)[..., None]
    store = Store(folder / "shot.mattewright")

    def picture(index: int) -> npt.NDArray[np.float64]:
        body = body_at(index)
        share = cv2.GaussianBlur(body.astype(np.float32), (0, 0), 1.5)[..., None]
        inside = cv2.distanceTransform(body.astype(np.uint8), cv2.DIST_L2, 5) - cv2.distanceTransform(
            1 - body.astype(np.uint8), cv2.DIST_L2, 5
        )
        logits = cv2.resize(np.clip(inside * 0.25, -12, 12), (256, 256), interpolation=cv2.INTER_AREA)
        logits += cv2.GaussianBlur(random.normal(0, 3, (256, 256)).astype(np.float32), (0, 0), 2)
        store.write_logits(OBJECT, 1 + index, Prediction(logits.astype(np.float16), 0.9), f"bench {index}")
        return np.asarray(ground * (1 - share) + (np.array([205, 205, 215]) + cloth) * share)

    write_movie(folder / "clip.mp4", FRAMES, picture)
    footage = probe(folder / "clip.mp4")
    steps = tuple(shot.RefineStep(op, values) for op, values in chain)
    return shot.Shot("clip", footage, shot.FrameRange(1, FRAMES), (shot.ShotObject(OBJECT, refine=steps),))


def write_movie(path: Path, frames: int, picture: Callable[[int], npt.NDArray[np.float64]]) -> None:
    """A movie of WIDTH x HEIGHT at 24 frames a second; `picture` gives (HEIGHT, WIDTH, 3) R'G'B' from 0 to 255 by the frame's index."""
    import av
    import numpy as np

    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"crf": "18"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(frames):
            shown = np.clip(picture(index), 0, 255).astype(np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(shown, "rgb24")):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)


def body_at(index: int) -> npt.NDArray[np.bool_]:
    """(HEIGHT, WIDTH): a head, a trunk and four limbs, which fill about a seventh of the picture's width and most of its height."""
    import cv2
    import numpy as np

    canvas = np.zeros((HEIGHT, WIDTH), np.uint8)
    x, swing = 820 + 25 * index, 60 * np.sin(index / 2)
    cv2.ellipse(canvas, (x, 250), (85, 110), 0, 0, 360, 1, -1)
    cv2.ellipse(canvas, (x, 560), (150, 240), 0, 0, 360, 1, -1)
    for sign in (-1, 1):
        hand = int(x + sign * 330), int(420 + sign * swing)
        foot = int(x + sign * 150 + swing), 1040
        cv2.line(canvas, (x + sign * 90, 430), hand, 1, 56)
        cv2.line(canvas, (x + sign * 70, 720), foot, 1, 84)
    return canvas > 0
