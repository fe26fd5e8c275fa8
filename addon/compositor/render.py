"""Keyed frames: the clip's own pixels, or an object's foreground, with the object's mask or alpha for alpha; one file a frame."""

from __future__ import annotations

import contextlib
import math
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import bpy

from ...engine.shot import FrameRange, MattewrightError, folder_name
from .. import clips
from . import versions
from .group import reload_masks
from .keying import build_keying_tree

EXTENSIONS = {"PNG": ".png", "OPEN_EXR": ".exr"}
DEPTHS = {"PNG": ("8", "16"), "OPEN_EXR": ("16", "32")}


@dataclass(frozen=True)
class KeyedFrames:
    """What to write: pictures of the clip's size, RGBA.

    PNG holds straight colour in sRGB, EXR premultiplied scene-linear colour, as each format's readers expect.
    """

    pattern: str
    """A path whose last run of ``#`` is the scene frame's place."""
    file_format: Literal["PNG", "OPEN_EXR"] = "PNG"
    depth: str = ""
    """Bits a channel: 8 or 16 for PNG, 16 or 32 for EXR; the fewest by default."""

    def path(self, frame: int) -> Path:
        def number(run: re.Match[str]) -> str:
            return f"{frame:0{len(run[0])}d}"

        return Path(re.sub(r"#+(?=[^#]*$)", number, self.pattern, count=1))


def output_pattern(said: str, clip_name: str, file_format: str | None) -> KeyedFrames:
    """What the user said about the output, completed: a folder gets a name, a name gets a number and an extension.

    Raises MattewrightError where the extension and the format contradict each other.
    """
    absolute = bpy.path.abspath(said)
    if said.endswith(("/", "\\")) or Path(absolute).is_dir():
        absolute = str(Path(absolute) / f"{folder_name(clip_name)}_####")
    path = Path(os.path.abspath(absolute))  # noqa: PTH100 - without resolving links, which Path has no word for
    by_extension = {extension: name for name, extension in EXTENSIONS.items()}
    extension = path.suffix.lower()
    told: str = file_format or by_extension.get(extension, "PNG")
    if extension in by_extension and by_extension[extension] != told:
        raise MattewrightError(f"output '{said}': a file {extension} is no {told}: change the name or the format")
    stem = path.name[: -len(extension)] if extension in by_extension else path.name
    if "#" not in stem:
        stem += "_####"
    return KeyedFrames(str(path.with_name(stem + EXTENSIONS[told])), "OPEN_EXR" if told == "OPEN_EXR" else "PNG")


def render_keyed(
    clip: bpy.types.MovieClip, frames: FrameRange, output: KeyedFrames, objects: Sequence[str] = ()
) -> Iterator[tuple[int, Path]]:
    """Write the keyed `frames` of `clip`, and yield each with its file when it is whole.

    It renders in a scene of its own, so that the user's scenes, trees and render settings stay as they are.
    """
    depth = output.depth or DEPTHS[output.file_format][0]
    if depth not in DEPTHS[output.file_format]:
        raise MattewrightError(f"depth {depth}: {output.file_format} takes {' or '.join(DEPTHS[output.file_format])} bits")
    if bpy.app.version < (4, 5, 0) and clips.is_size_lost(clip):
        start = clip.frame_start - clip.frame_offset
        raise MattewrightError(
            f"clip '{clip.name}': this Blender can't show a sequence whose first file is missing at its offset: "
            f"set the offset to 0 and the start frame to {start}"
        )
    with _scene(clip) as scene:
        build_keying_tree(scene, clip, objects)
        reload_masks(clip)
        settings: Any = scene.render.image_settings  # the stubs list the depths of one format only
        versions.still_format(settings, output.file_format)
        settings.color_mode = "RGBA"
        settings.color_depth = depth
        if output.file_format == "PNG":
            _show_as_read(scene)
        for frame in frames:
            path = output.path(frame)
            _write(scene, frame, path)
            yield frame, path


def render_still(scene: bpy.types.Scene) -> None:
    """Render `scene` at its current frame to its own path, whatever scene the context has, which is as before afterwards.

    Not under an override: an operator reads that without holding the interpreter, and any thread of Python's then makes Blender crash.
    Raises RuntimeError for what Blender says.
    """
    context: Any = bpy.context.scene
    before = context.frame_current_final
    try:
        _go_to(context, scene.frame_current)  # a scene that is named is rendered at the frame of the context's
        bpy.ops.render.render(write_still=True, scene=scene.name)
    finally:
        _go_to(context, before)


def _go_to(scene: Any, at: float) -> None:
    """Without evaluating the scene, where Blender lets that be."""
    frame = math.floor(at)
    if at == scene.frame_current_final:
        return
    if frame < 0:  # its property takes none such
        scene.frame_set(frame, subframe=at - frame)
    else:
        scene.frame_current, scene.frame_subframe = frame, at - frame


@contextmanager
def _scene(clip: bpy.types.MovieClip) -> Iterator[bpy.types.Scene]:
    scene = bpy.data.scenes.new(f"Mattewright: {clip.name}")
    try:
        render = scene.render
        render.resolution_x, render.resolution_y = clips.size(clip)
        render.resolution_percentage = 100
        render.use_border = False
        render.use_sequencer = False
        render.film_transparent = True
        render.use_file_extension = False
        render.dither_intensity = 0.0  # Blender's default adds noise of one step to every 8-bit picture
        versions.composite_on_cpu(scene)
        yield scene
    finally:
        versions.drop_scene_tree(scene)
        bpy.data.scenes.remove(scene)


def _show_as_read(scene: bpy.types.Scene) -> None:
    """The inverse of how an sRGB clip is read, and nothing else: the default view, AgX, is a look."""
    display: Any = scene.display_settings  # the names come out of the colour configuration, so that no stub lists them
    view: Any = scene.view_settings
    try:
        display.display_device = "sRGB"
        view.view_transform = "Standard"
        view.look = "None"
    except TypeError:
        raise MattewrightError("this color configuration has no view 'Standard' of a display 'sRGB', which PNG needs: write EXR") from None
    view.exposure, view.gamma = 0.0, 1.0


def _write(scene: bpy.types.Scene, frame: int, path: Path) -> None:
    """Render one frame to `path`, which appears whole or not at all."""
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scene.frame_set(frame)
        scene.render.filepath = str(temporary)
        render_still(scene)
        if not temporary.is_file():
            raise MattewrightError(f"{path}: Blender couldn't write it; is the disk full or the folder read-only?")
        temporary.replace(path)
    except OSError as error:
        raise MattewrightError(f"{path}: can't be written: {error.strerror or error}") from None
    except RuntimeError as error:
        raise MattewrightError(f"{path}: {' '.join(str(error).split())}") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
