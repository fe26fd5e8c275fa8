"""Pictures, clips and stores for the tests of the add-on: made by hand, so that every value in them is known."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 120.0
"""Seconds until a test gives up; a bound against hanging, not a measurement."""


def link_checkout(link: Path) -> None:
    """The checkout under the name that an extension has, as a developer links it into Blender's folder."""
    link.parent.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        import _winapi

        _winapi.CreateJunction(str(ROOT), str(link))  # needs no privilege, unlike a symbolic link there
    else:
        link.symlink_to(ROOT, target_is_directory=True)


def engine_python() -> Path:
    import environments  # scripts/, put on the path by tests/conftest.py

    return environments.python_of("engine-env")


def write_png(path: Path, pixels: np.ndarray) -> Path:
    """(height, width) or (height, width, 3 or 4), uint8 or uint16, the top row first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = pixels.shape[:2]
    color = {1: 0, 3: 2, 4: 6}[1 if pixels.ndim == 2 else pixels.shape[2]]
    bits = pixels.dtype.itemsize * 8
    rows = np.ascontiguousarray(pixels).astype(">u2" if bits == 16 else "u1").reshape(height, -1)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows), 1)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))
    return path


def read_picture(path: Path) -> np.ndarray:
    """(height, width, 4) float32 as the file has it, the top row first, no colour conversion, alpha straight for PNG."""
    import bpy

    image = bpy.data.images.load(str(path))
    try:
        image.colorspace_settings.name = "Non-Color"
        image.alpha_mode = "CHANNEL_PACKED"
        width, height = image.size
        values = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(values)
        return values.reshape(height, width, 4)[::-1]
    finally:
        bpy.data.images.remove(image)


@dataclass
class Sequence:
    """A numbered sequence on disk."""

    first: Path
    pictures: list[np.ndarray]
    """(height, width, 3) uint8, in the order of the files."""


def make_sequence(folder: Path, first_number: int, count: int, size: tuple[int, int] = (64, 48), seed: int = 1) -> Sequence:
    """Distinct random pictures ``<folder>/plate_####.png`` from `first_number` on."""
    random = np.random.default_rng(seed)
    width, height = size
    pictures = [random.integers(0, 256, (height, width, 3)).astype(np.uint8) for _ in range(count)]
    for index, picture in enumerate(pictures):
        write_png(folder / f"plate_{first_number + index:04d}.png", picture)
    return Sequence(folder / f"plate_{first_number:04d}.png", pictures)


def make_movie(path: Path, count: int, size: tuple[int, int] = (64, 48)) -> Path:
    """A small H.264 movie with B-frames at 24 pictures a second, made by PyAV in the engine's environment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    program = f"""
import av, numpy as np
with av.open({str(path)!r}, "w") as out:
    stream = out.add_stream("libx264", rate=24)
    stream.width, stream.height, stream.pix_fmt = {size[0]}, {size[1]}, "yuv420p"
    for index in range({count}):
        picture = np.full(({size[1]}, {size[0]}, 3), 20 + 15 * index, np.uint8)
        for packet in stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")):
            out.mux(packet)
    for packet in stream.encode(None):
        out.mux(packet)
"""
    done = subprocess.run([str(engine_python()), "-I", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path


def load_clip(path: Path, frame_start: int = 1, frame_offset: int = 0):
    import bpy

    clip = bpy.data.movieclips.load(str(path))
    clip.frame_start, clip.frame_offset = frame_start, frame_offset
    return clip


def save(path: Path) -> Path:
    """Save the open file as `path`."""
    import bpy

    path.parent.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def write_disc_logits(clip, name: str, frames: range) -> None:
    """What a tracker would have left of the object `name`: a disc that moves one cell to the right on each of the scene's `frames`."""
    from mattewright.addon import store

    program = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
import numpy as np
from engine.segment.tracker import Prediction
from engine.store import Store
y, x = np.mgrid[0:64, 0:64].astype(np.float32)
for frame in {list(frames)}:
    logits = (18 - np.hypot(x - 30 - (frame - {frames.start}), y - 33)) * 0.3
    Store(Path({str(store.folder(clip))!r})).write_logits({name!r}, frame, Prediction(logits.astype(np.float16), 0.9), f"key {{frame}}")
"""
    done = subprocess.run([str(engine_python()), "-I", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def disc_clip(folder: Path, first: int, count: int, size: tuple[int, int]):
    """A clip in a saved file, and its object `dog`, of which all frames but the last are tracked."""
    from mattewright.addon import properties

    sequence = make_sequence(folder / "plate", 1, count, size)
    save(folder / "shot.blend")
    clip = load_clip(sequence.first, first)
    dog = properties.add_object(properties.of(clip), "dog")
    write_disc_logits(clip, "dog", range(first, first + count - 1))
    return clip, dog


def pump(until: Callable[[], bool]) -> None:
    """Let the engine's messages in, as Blender's timer does, until `until` says so."""
    from mattewright.addon.link import session

    end = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < end, "waited for too long"
        session.pump(patience=0.1)


def quiet() -> None:
    """End what of ours works on threads, the engine too.

    In a `temp_override` no operator may be called otherwise: it looks the context up without holding the interpreter, and Blender (to 5.0)
    crashes of another thread that has it.
    """
    from mattewright.addon import preview
    from mattewright.addon.link import session

    session.stop()
    preview.stored.close()
    for thread in threading.enumerate():
        if thread.name.startswith("mattewright"):
            thread.join(PATIENCE)
            assert not thread.is_alive(), thread.name


@contextmanager
def quiet_override(**context) -> Iterator[None]:
    """`bpy.context.temp_override` in which operators may be called: all is quiet before each, and what one has looked up it waits for."""
    import bpy
    from mattewright.addon import looking

    operator, look = type(bpy.ops.mattewright.cancel), looking.Looks.of
    call = operator.__call__

    def called(*arguments, **values):
        quiet()
        return call(*arguments, **values)

    def waited(looks, key):
        known = look(looks, key)
        looks.wait()
        return known

    with patch.object(operator, "__call__", called), patch.object(looking.Looks, "of", waited), bpy.context.temp_override(**context):
        yield


def random_masks(clip, name: str, frames: range, dtype: type = np.uint8, seed: int = 7) -> dict[int, np.ndarray]:
    """Distinct random masks in the clip's store for the object `name`: by scene frame, (height, width).

    A stripe is 0 and one is full, so that both ends occur, and every value between them does.
    """
    from mattewright.addon import clips, store

    random = np.random.default_rng(seed)
    width, height = clips.size(clip)
    layout, masks = store.layout(clip), {}
    for frame in frames:
        mask = random.integers(0, np.iinfo(dtype).max + 1, (height, width)).astype(dtype)
        mask[:4], mask[4:8] = 0, np.iinfo(dtype).max
        masks[frame] = mask
        write_png(layout.file(name, "mask", frame), mask)
    return masks


def without_python_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def write_exr(path: Path, pixels: np.ndarray) -> Path:
    """(height, width, 3) RGB as half floats, the top row first, not compressed.

    Format: Kainz, Bogart et al., "Technical Introduction to OpenEXR" and "OpenEXR File Layout".
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = pixels.shape[:2]
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)

    def attribute(name: bytes, kind: bytes, content: bytes) -> bytes:
        return name + b"\0" + kind + b"\0" + struct.pack("<i", len(content)) + content

    channels = b"".join(name + b"\0" + struct.pack("<iB3xii", 1, 0, 1, 1) for name in (b"B", b"G", b"R")) + b"\0"
    header = struct.pack("<ii", 20000630, 2) + attribute(b"channels", b"chlist", channels)
    header += attribute(b"compression", b"compression", b"\0") + attribute(b"dataWindow", b"box2i", window)
    header += attribute(b"displayWindow", b"box2i", window) + attribute(b"lineOrder", b"lineOrder", b"\0")
    header += attribute(b"pixelAspectRatio", b"float", struct.pack("<f", 1.0))
    header += attribute(b"screenWindowCenter", b"v2f", struct.pack("<2f", 0.0, 0.0))
    header += attribute(b"screenWindowWidth", b"float", struct.pack("<f", 1.0)) + b"\0"
    rows = pixels.astype("<f2")[:, :, ::-1].transpose(0, 2, 1)
    line = 8 + 6 * width
    offsets = struct.pack(f"<{height}Q", *(len(header) + 8 * height + line * row for row in range(height)))
    lines = b"".join(struct.pack("<ii", number, 6 * width) + row.tobytes() for number, row in enumerate(rows))
    path.write_bytes(header + offsets + lines)
    return path
