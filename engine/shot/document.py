"""The shot document, `shot.json`: everything that the engine is asked to do, and nothing about how.

Frames are Blender's scene frames. Prompt coordinates are pixels of the picture as Blender shows it (after rotation, before any
display transform): x to the right, y down, (0, 0) the top left corner of the picture and (width, height) its bottom right one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from .asking import check_references
from .classes import USUAL_CLASSES, Classes
from .depth import USUAL_DEPTH, Depth
from .errors import DocumentError, MattewrightError
from .fields import Range, Text, dump, load, parse_json
from .layout import folder_name
from .matte import USUAL_MATTE, Matte
from .operations import Declaration, KeyedValue, held
from .outputs import Output, check_outputs, formats
from .view import USUAL_VIEW, Rate, SourceAlpha, View

VERSION = 1
LAST_FRAME = 1_048_574
"""Blender's own limit (MAXFRAME)."""

Frame = Annotated[int, Range(0, LAST_FRAME)]
Pixels = Annotated[float, Range(0, 65536)]
Share = Annotated[float, Range(0, 1)]


@dataclass(frozen=True)
class Footage:
    """A movie or an image sequence, and Blender's mapping from scene frames to its pictures."""

    path: Annotated[str, Text()]
    """Absolute, or relative to the document's folder, with forward slashes. For a sequence, its first file."""
    kind: Literal["movie", "sequence"]
    width: Annotated[int, Range(1, 65536)]
    """Pixels, as Blender shows the picture: after rotation where Blender applies it."""
    height: Annotated[int, Range(1, 65536)]
    frame_duration: Annotated[int, Range(1, LAST_FRAME)]
    """How many frames Blender counts, at `fps`."""
    frame_start: Annotated[int, Range(-LAST_FRAME, LAST_FRAME)] = 1
    frame_offset: Annotated[int, Range(-LAST_FRAME, LAST_FRAME)] = 0
    fps: Annotated[float, Range(0, 10000)] = 0.0
    """The constant rate to which Blender resamples a movie; 0 for a sequence."""
    rate: Rate | None = None
    """An image sequence's frames a second in movies that are exported of it: those of the scene that shows it. A movie has its own."""
    applies_rotation: bool = True
    """Whether this Blender turns the picture by the movie's rotation metadata (4.5 and later do, 4.2 and 4.3 do not)."""
    wraps: bool = False
    """Whether the right edge goes on at the left one: an equirectangular panorama, all around."""
    view: View = USUAL_VIEW
    """How scene-linear pictures are seen."""
    alpha: SourceAlpha = "auto"
    """What the pictures' own alpha means, where they have one."""

    def media_index(self, frame: int) -> int:
        """The 0-based index into the media of the picture that Blender shows at scene frame `frame`."""
        return frame - self.frame_start + self.frame_offset

    def has_frame(self, frame: int) -> bool:
        """Whether Blender can show a picture there: within a movie's length; not before a sequence's first file."""
        index = self.media_index(frame)
        return index >= 0 and (self.kind == "sequence" or index < self.frame_duration)

    def frames(self) -> FrameRange:
        """The scene frames of the whole clip."""
        first = self.frame_start - self.frame_offset
        return FrameRange(max(0, first), max(0, first + self.frame_duration - 1))


@dataclass(frozen=True)
class FrameRange:
    """Scene frames, both ends included."""

    first: Frame
    last: Frame

    def __contains__(self, frame: int) -> bool:
        return self.first <= frame <= self.last

    def __iter__(self) -> Any:
        return iter(range(self.first, self.last + 1))

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Point:
    """A click: on the object, or (positive false) on what is not the object."""

    x: Pixels
    y: Pixels
    positive: bool = True


@dataclass(frozen=True)
class Box:
    """A box around the object."""

    left: Pixels
    top: Pixels
    right: Pixels
    bottom: Pixels


@dataclass(frozen=True)
class Scribble:
    """A stroke along the object, or along what is not the object."""

    points: tuple[tuple[Pixels, Pixels], ...]
    positive: bool = True


@dataclass(frozen=True)
class Prompts:
    """What the user said of one object on one frame."""

    frame: Frame
    points: tuple[Point, ...] = ()
    box: Box | None = None
    scribbles: tuple[Scribble, ...] = ()
    mask: Annotated[str, Text()] | None = None
    """A picture file of the footage's size, white where the object is; relative to the document's folder, or absolute."""


@dataclass(frozen=True)
class MotionTrack:
    """A motion track of the clip that is attached to an object: a point on each frame on which its marker is enabled.

    It guides how the object is followed on these frames; it makes none of them a prompted one, which stands for itself.
    """

    name: Annotated[str, Text(255)]
    frames: dict[str, tuple[Pixels, Pixels]]
    """By scene frame."""
    positive: bool = True
    """Whether it is on the object; else on what is not the object."""


@dataclass(frozen=True)
class RefineStep:
    """One op of an object's threshold chain, with the values that differ from the op's defaults."""

    op: Annotated[str, Text(64)]
    values: dict[str, KeyedValue] = field(default_factory=dict)
    enabled: bool = True
    live: bool = False
    """Done by the compositor's nodes after the mask file, not in it. All steps after a live one are live or off."""


@dataclass(frozen=True)
class Polygon:
    """One closed outline of a Blender Mask, filled; curves are given as enough corners."""

    points: tuple[tuple[float, float], ...]
    """Pixels of the picture, which they may lie outside of."""
    opacity: Share = 1.0
    subtract: bool = False
    """Whether it takes away from what the outlines before it have filled."""


@dataclass(frozen=True)
class BlenderMask:
    """A Blender Mask's outlines, for ops that ask for it by name."""

    name: Annotated[str, Text(255)]
    frames: dict[str, tuple[Polygon, ...]]
    """By scene frame, each holding until the next that is given."""

    def at_frame(self, frame: int) -> tuple[Polygon, ...]:
        """The outlines at scene frame `frame`."""
        return held(self.frames, frame) if self.frames else ()


@dataclass(frozen=True)
class ShotObject:
    """One thing to be matted."""

    name: Annotated[str, Text(63)]
    color: tuple[Share, Share, Share] = (1.0, 0.5, 0.0)
    """Linear RGB of the overlay."""
    prompts: tuple[Prompts, ...] = ()
    refine: tuple[RefineStep, ...] = ()
    locked: tuple[FrameRange, ...] = ()
    """Frames whose files are finished: no stage writes them again."""
    tracks: tuple[MotionTrack, ...] = ()
    matte: Matte = USUAL_MATTE
    classes: tuple[Annotated[str, Text(64)], ...] = ()
    """The classes of the shot's network that it is made of. It needs no prompts then, and is not tracked: `classify` makes its logits."""

    @property
    def folder(self) -> str:
        return folder_name(self.name)

    def is_locked(self, frame: int) -> bool:
        return any(frame in locked for locked in self.locked)

    def track_points(self, frame: int) -> tuple[Point, ...]:
        """Where the attached motion tracks are at scene frame `frame`."""
        key = str(frame)
        return tuple(Point(*track.frames[key], track.positive) for track in self.tracks if key in track.frames)

    def with_tracks(self, prompts: Prompts) -> Prompts:
        """`prompts` and the points of the motion tracks on their frame. A mask says all there is to say: they add nothing to one."""
        points = () if prompts.mask is not None else self.track_points(prompts.frame)
        return replace(prompts, points=prompts.points + points) if points else prompts

    @property
    def prompted(self) -> tuple[Prompts, ...]:
        """What each prompted frame says, tracks and all.

        Where nothing is said but by tracks, the first of the frames with the most points on the object is the prompted one. An object that
        is made of classes has none.
        """
        if self.classes:
            return ()
        if self.prompts:
            return tuple(self.with_tracks(prompts) for prompts in self.prompts)
        counts = Counter(int(frame) for track in self.tracks if track.positive for frame in track.frames)
        if not counts:
            return ()
        first = min(counts, key=lambda frame: (-counts[frame], frame))
        return (Prompts(first, self.track_points(first)),)


Size = Literal[1024, 896, 512]
"""Pixels of the square that the model sees a picture as: 1024 is what it was trained at, 512 is for drafts."""


@dataclass(frozen=True)
class Tracking:
    """Which tracker follows the objects, with which model."""

    tracker: Literal["auto", "matching", "memory"] = "auto"
    """``memory`` needs a model with memory weights, ``matching`` takes any; ``auto`` is the best that the model allows."""
    model: Annotated[str, Text(64)] = "sam2-hiera-tiny"
    size: Size = 1024
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    """What the networks calculate in; the half ones pay on a GPU and on processors that have bfloat16."""
    compiled: bool = False
    """Whether the image encoder goes through torch.compile: a minute or more at the first frame, less at each further one."""


@dataclass(frozen=True)
class Shot:
    """The whole request."""

    name: Annotated[str, Text(255)]
    footage: Footage
    range: FrameRange
    objects: tuple[ShotObject, ...] = ()
    tracking: Tracking = Tracking()
    overlap: Literal["union", "winner"] = "union"
    """``union``: each object's mask stands alone, and masks may overlap. ``winner``: a pixel belongs to the object with the highest logit
    there (the first of the document where they are equal) before the refine chains, so that touching mattes don't overlap.

    Only masks depend on it, never what was tracked. An object yields to whatever logits the others have in the store on that frame, be they
    locked; a locked mask itself is never written, and ops that move the outline outward may let masks overlap again.
    """
    masks: tuple[BlenderMask, ...] = ()
    """The Blender Masks that refine ops ask for."""
    outputs: tuple[Output, ...] = ()
    """What is to leave the shot. They change none of its own files."""
    depth: Depth = USUAL_DEPTH
    """How far away things are, for ops that measure it."""
    classes: Classes = USUAL_CLASSES
    version: Annotated[int, Range(1)] = VERSION

    def object(self, name: str) -> ShotObject:
        """The object called `name`. Raises MattewrightError naming those that there are."""
        for candidate in self.objects:
            if candidate.name == name:
                return candidate
        known = ", ".join(f"'{candidate.name}'" for candidate in self.objects) or "none"
        raise MattewrightError(f"object '{name}': not in this shot; its objects: {known}")


Catalogue = Mapping[str, Declaration]
"""The refine ops that there are, by name."""


def parse(text: str, ops: Catalogue | None = None) -> Shot:
    """The document in `text`. Raises DocumentError with the field's path and what was expected.

    With `ops`, the refine chains are checked against the declarations too; the add-on, which has none before the engine has
    answered, leaves that to the engine.
    """
    return from_json(parse_json(text), ops)


def from_json(content: object, ops: Catalogue | None = None) -> Shot:
    """Like `parse`, from what `json.loads` gives."""
    if isinstance(content, dict):
        version = content.get("version")
        if version is None:
            raise DocumentError("version", f"missing; this Mattewright writes version {VERSION}")
        if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
            raise DocumentError("version", f"{version} is newer than this Mattewright, which reads up to {VERSION}: update Mattewright")
        content = _in_todays_words(content)
    shot = load(Shot, content)
    check(shot, ops)
    return shot


def _in_todays_words(content: dict[str, Any]) -> dict[str, Any]:
    """The document with what was called otherwise when it was written."""
    classes = content.get("classes")
    if isinstance(classes, dict) and classes.get("edges") == "nearest":
        return {**content, "classes": {**classes, "edges": "smooth"}}
    return content


def to_json(shot: Shot) -> str:
    """The document's text: stable order, two spaces, a newline at the end."""
    content = {"version": shot.version, **dump(shot)}
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def read(path: Path, ops: Catalogue | None = None) -> Shot:
    """The document in the file `path`. Raises MattewrightError with the file's name in front."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Notepad likes to write a mark in front
    except FileNotFoundError:
        raise MattewrightError(f"{path}: no such shot document") from None
    except UnicodeDecodeError:
        raise MattewrightError(f"{path}: not a shot document: not UTF-8 text") from None
    except OSError as error:
        raise MattewrightError(f"{path}: can't be read: {error.strerror}") from None
    try:
        return parse(text, ops)
    except DocumentError as error:
        raise DocumentError(f"{path}", str(error)) from None


def check(shot: Shot, ops: Catalogue | None = None) -> None:
    """What the types alone cannot say. Raises DocumentError."""
    _check_footage(shot)
    folders: dict[str, int] = {}
    for index, item in enumerate(shot.objects):
        path = f"objects[{index}]"
        key = item.folder.casefold()
        if key in folders:
            raise DocumentError(f"{path}.name", f"'{item.name}' has the same folder name as objects[{folders[key]}]: rename one")
        folders[key] = index
        frames: set[int] = set()
        for number, prompts in enumerate(item.prompts):
            where = f"{path}.prompts[{number}]"
            if prompts.frame in frames:
                raise DocumentError(f"{where}.frame", f"frame {prompts.frame} is prompted twice: put its prompts together")
            frames.add(prompts.frame)
            _check_prompts(prompts, shot.footage, where)
        for number, locked in enumerate(item.locked):
            _check_ends(locked, f"{path}.locked[{number}]")
        for number, track in enumerate(item.tracks):
            _check_track(track, shot.footage, f"{path}.tracks[{number}].frames")
        check_chain(item.refine, ops, f"{path}.refine")
    masks: dict[str, int] = {}
    for index, mask in enumerate(shot.masks):
        if mask.name in masks:
            raise DocumentError(f"masks[{index}].name", f"'{mask.name}' is the name of masks[{masks[mask.name]}], too: rename one")
        masks[mask.name] = index
        _check_frames(mask.frames, f"masks[{index}].frames")
    if shot.outputs:
        check_outputs(shot.outputs, formats())
    if ops is not None:
        check_references(shot, ops)


def check_chain(steps: Sequence[RefineStep], ops: Catalogue | None, path: str = "steps") -> None:
    """An object's refine chain. Raises DocumentError naming the step below `path`."""
    for number, step in enumerate(steps):
        _check_step(step, ops, f"{path}[{number}]")
        if step.enabled and not step.live and any(before.enabled and before.live for before in steps[:number]):
            raise DocumentError(f"{path}[{number}].live", f"'{step.op}' comes after a live step: make it live too, or bake that")


def _check_ends(frames: FrameRange, path: str) -> None:
    if frames.last < frames.first:
        raise DocumentError(f"{path}.last", f"expected frame {frames.first} or later, got {frames.last}")


def _check_footage(shot: Shot) -> None:
    footage = shot.footage
    if footage.kind == "movie" and footage.fps <= 0:
        raise DocumentError("footage.fps", "expected the movie's frame rate, a number above 0")
    _check_ends(shot.range, "range")
    clip = footage.frames()
    for name, frame in (("first", shot.range.first), ("last", shot.range.last)):
        if not footage.has_frame(frame):
            raise DocumentError(f"range.{name}", f"frame {frame} is outside the clip, which is frames {clip.first} to {clip.last}")


def _check_prompts(prompts: Prompts, footage: Footage, path: str) -> None:
    if not footage.has_frame(prompts.frame):
        clip = footage.frames()
        raise DocumentError(f"{path}.frame", f"frame {prompts.frame} is outside the clip, which is frames {clip.first} to {clip.last}")

    def inside(x: float, y: float, where: str) -> None:
        if not (x <= footage.width and y <= footage.height):
            raise DocumentError(where, f"({x:g}, {y:g}) is outside the picture, which is {footage.width} x {footage.height} pixels")

    for index, point in enumerate(prompts.points):
        inside(point.x, point.y, f"{path}.points[{index}]")
    for index, scribble in enumerate(prompts.scribbles):
        if not scribble.points:
            raise DocumentError(f"{path}.scribbles[{index}].points", "expected at least one point")
        for number, (x, y) in enumerate(scribble.points):
            inside(x, y, f"{path}.scribbles[{index}].points[{number}]")
    box = prompts.box
    if box is not None:
        inside(box.left, box.top, f"{path}.box")
        inside(box.right, box.bottom, f"{path}.box")
        if box.right <= box.left or box.bottom <= box.top:
            raise DocumentError(f"{path}.box", "expected left < right and top < bottom")
    says_where = (
        any(point.positive for point in prompts.points)
        or any(scribble.positive for scribble in prompts.scribbles)
        or box is not None
        or prompts.mask is not None
    )
    if not says_where:
        raise DocumentError(
            path, f"nothing on frame {prompts.frame} says where the object is: add a positive point, a box, a scribble or a mask"
        )


def _check_track(track: MotionTrack, footage: Footage, path: str) -> None:
    _check_frames(track.frames, path)
    for frame, (x, y) in track.frames.items():
        if not footage.has_frame(int(frame)):
            clip = footage.frames()
            raise DocumentError(path, f"frame {frame} is outside the clip, which is frames {clip.first} to {clip.last}")
        if not (x <= footage.width and y <= footage.height):
            size = f"{footage.width} x {footage.height} pixels"
            raise DocumentError(f"{path}.{frame}", f"({x:g}, {y:g}) is outside the picture, which is {size}")


def _check_frames(values: Mapping[str, object], path: str) -> None:
    if not values:
        raise DocumentError(path, "expected at least one frame's value")
    for key in values:
        if not key.isascii() or not key.isdigit() or len(key) > 9 or int(key) > LAST_FRAME or str(int(key)) != key:
            raise DocumentError(path, f"expected frame numbers as keys, got {key[:20]!r}")


def _check_step(step: RefineStep, ops: Catalogue | None, path: str) -> None:
    for name, value in step.values.items():
        if isinstance(value, dict):
            _check_frames(value, f"{path}.values.{name}")
    if ops is None:
        return
    if step.op not in ops:
        raise DocumentError(f"{path}.op", f"unknown op '{step.op}'; known: {', '.join(sorted(ops))}")
    parameters = {parameter.name: parameter for parameter in ops[step.op].parameters}
    for name, value in step.values.items():
        if name not in parameters:
            raise DocumentError(f"{path}.values.{name}", f"unknown value of '{step.op}'; known: {', '.join(parameters) or 'none'}")
        given = value.items() if isinstance(value, dict) else [("", value)]
        for key, single in given:
            parameters[name].check(single, f"{path}.values.{name}" + (f".{key}" if key else ""))
