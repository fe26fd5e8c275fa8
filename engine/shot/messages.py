"""The messages between the add-on and the engine: JSON-RPC 2.0, each method's parameters and result a typed dataclass.

Requests go from the add-on to the engine. While one runs the engine sends `progress` and `log` notifications; the add-on may send
`cancel`. A cancelled request is answered with the error code CANCELLED; what it had written stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from .document import LAST_FRAME, BlenderMask, Prompts, Shot
from .errors import DocumentError, Option
from .fields import Range, Text, dump, load
from .mapped import Slot
from .networks import NetworksDone
from .people import USUAL_PEOPLE, Detected, PeopleSettings
from .regions import USUAL, Choice, Picked, RegionSettings

PROTOCOL = 1

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
CANCELLED = -32800
SUPERSEDED = -32801
"""A preview that a newer one into the same file has replaced before it was begun."""
REFUSED = -32000
"""A MattewrightError: the message is the one line for the user."""

OUT_OF_MEMORY = -32001
"""Of the GPU, or of the machine. The error's `model`: a smaller one that is installed, empty where there is none."""
MODEL_MISSING = -32002
"""The error's `model`: the one to be installed."""
UNLESS = -32003
"""An UnlessError: refused, unless the error's `option` of the request is set."""

StageName = Literal["track", "refine", "matte", "classify", "depth", "run", "plan"]
Shown = Literal["mask", "trimap", "alpha"]
"""What a preview shows. Of a trimap 0 is known not to be the object, 255 known to be, 128 is what the method finds alpha in."""


# --- requests


@dataclass(frozen=True)
class Initialize:
    """First of all: both sides must speak the same protocol."""

    protocol: int = PROTOCOL


@dataclass(frozen=True)
class Initialized:
    engine: str
    """The engine's version."""
    protocol: int
    ops: tuple[dict[str, Any], ...]
    """The refine ops' declarations."""


@dataclass(frozen=True)
class ShotJob:
    """`track`, `refine`, `matte`, `classify`, `depth`, `run` (all that the document asks for) or `plan` (none: only counts) over a shot's
    document.

    `classify` makes the labels of the shot's frames and the mattes of the objects that are made of classes; where objects are named, only
    the mattes of those. `matte` makes the mattes of the objects that are named, enabled or not; where none is named, of those that are
    enabled. `depth` makes the shot's depth pictures; objects don't matter to it.
    """

    shot: Annotated[str, Text()]
    """The path of shot.json or of its folder."""
    objects: tuple[str, ...] = ()
    """The objects' names; empty for all."""
    first: int | None = None
    last: int | None = None
    """Scene frames; None for the document's range."""
    alone: bool = False
    """Whether no other that says so may work in the store meanwhile; farm nodes, which share one, don't say so."""


@dataclass(frozen=True)
class Planned:
    """How many files of each kind `run` would write."""

    depth: int = 0
    """Depth pictures, which chains measure."""
    labels: int = 0
    """Pictures of classes, where an output is made of them."""
    classified: int = 0
    """Of objects that are made of classes."""
    tracked: int = 0
    masks: int = 0
    mattes: int = 0
    """Alphas and foregrounds."""

    @property
    def count(self) -> int:
        return self.depth + self.labels + self.classified + self.tracked + self.masks + self.mattes


@dataclass(frozen=True)
class JobDone:
    """How many files a job wrote, found fresh and could not make."""

    written: int
    fresh: int
    stale: int = 0
    """Only of `plan`: how many would be written."""
    missing: tuple[int, ...] = ()
    """Frames whose picture the footage lacks."""
    seconds: float = 0.0
    planned: Planned = Planned()
    """Only of `plan`: which files these are."""


@dataclass(frozen=True)
class FindRegions:
    """`regions`: everything on one frame, into the store (`Layout.regions`)."""

    shot: Annotated[str, Text()]
    frame: Annotated[int, Range(0, LAST_FRAME)]
    settings: RegionSettings = USUAL


@dataclass(frozen=True)
class RegionsDone:
    frame: int
    count: int
    """How many regions there are; their list is in the store."""
    fresh: bool
    """Whether they were there already."""
    seconds: float = 0.0


@dataclass(frozen=True)
class PickRegions:
    """`pick`: mask prompts of regions. Their files are written; the document, which the add-on writes, is not."""

    shot: Annotated[str, Text()]
    frame: Annotated[int, Range(0, LAST_FRAME)]
    choice: Choice


@dataclass(frozen=True)
class PickDone:
    frame: int
    picked: tuple[Picked, ...]


@dataclass(frozen=True)
class TraceMattes:
    """`trace`: an object's mattes, out of the store, as splines (`outlines`), into the store."""

    shot: Annotated[str, Text()]
    object: Annotated[str, Text(63)]
    first: int | None = None
    last: int | None = None
    """Scene frames; None for the document's range."""
    tolerance: Annotated[float, Range(0.1, 100)] = 1.0
    """Pixels that the splines may be off on any frame."""
    smallest: Annotated[float, Range(0)] = 64.0
    """Square pixels of the smallest island or hole."""


@dataclass(frozen=True)
class TraceDone:
    object: str
    pieces: int
    points: int
    """Of all pieces."""
    keys: int
    """Keyed shapes of all pieces."""
    shapes: int
    """The frames of all pieces: as many shapes there would be without reduction."""
    seconds: float = 0.0


@dataclass(frozen=True)
class SeedMasks:
    """`seed`: mask prompts of a Blender Mask's outlines. Their files are written; the document, which the add-on writes, is not."""

    shot: Annotated[str, Text()]
    object: Annotated[str, Text(63)]
    width: Annotated[int, Range(1, 65536)]
    height: Annotated[int, Range(1, 65536)]
    """Of the picture."""
    mask: BlenderMask
    """Its outlines on each frame that is to be prompted."""


@dataclass(frozen=True)
class Seeded:
    frame: Annotated[int, Range(0, LAST_FRAME)]
    mask: str
    """The file, relative to the store's folder."""
    area: int
    """Pixels."""


@dataclass(frozen=True)
class SeedDone:
    object: str
    seeded: tuple[Seeded, ...]


@dataclass(frozen=True)
class PromptClasses:
    """`prompt_classes`: mask prompts for the tracker of what the network finds. Their files are written; the document, which the add-on
    writes, is not. It answers with a SeedDone: frames on which there is nothing of the classes are left out.
    """

    shot: Annotated[str, Text()]
    object: Annotated[str, Text(63)]
    classes: tuple[str, ...]
    """Of the shot's network."""
    every: Annotated[int, Range(1, LAST_FRAME)] = 1
    """On each N-th frame, from the first."""
    first: int | None = None
    last: int | None = None
    """Scene frames; None for the document's range."""
    document: Shot | None = None
    """What the user has set by now."""


@dataclass(frozen=True)
class DetectPeople:
    """`detect`: people, as new objects with prompts. Masks that are prompts are written; the document, which the add-on writes, is not.

    Objects that there are stay as they are, and people who are one already don't become another.
    """

    shot: Annotated[str, Text()]
    settings: PeopleSettings = USUAL_PEOPLE
    first: int | None = None
    last: int | None = None
    """Scene frames; None for the document's range."""
    document: Shot | None = None
    """What the user has set by now."""


@dataclass(frozen=True)
class DetectDone:
    objects: tuple[Detected, ...]
    """Those to be added, in that order."""
    frames: int
    """How many were looked at."""
    people: int
    """How many were found, on all these frames together."""
    known: int = 0
    """How many of those are objects already."""
    seconds: float = 0.0
    classed: tuple[str, ...] = ()
    """The objects, made of classes, that some of those are in already."""


@dataclass(frozen=True)
class ExportShot:
    """`export`: write what is stale of the document's outputs, or (`verify`) read their files back and write nothing."""

    shot: Annotated[str, Text()]
    outputs: tuple[str, ...] = ()
    """Their names; empty for all that are enabled."""
    incomplete: bool = False
    """Whether what is missing is left out; refused otherwise."""
    overwrite: bool = False
    """Whether files are replaced that are in the way and that the output did not write; refused otherwise."""
    verify: bool = False


@dataclass(frozen=True)
class ExportDone:
    written: int
    fresh: int
    """Of verifying: how many files are as they should be."""
    left_out: int = 0
    """Files of frames on which nothing was there."""
    wrong: tuple[str, ...] = ()
    """Of verifying: what is wrong, a line each."""
    seconds: float = 0.0
    verified: bool = False
    """Whether files were read back, and none written."""


@dataclass(frozen=True)
class ListOutputs:
    """`outputs`: what an export would do, and what it lacks. Nothing is written."""

    shot: Annotated[str, Text()]
    """The path of shot.json, which need not be there if `document` is given."""
    outputs: tuple[str, ...] = ()
    """Their names; empty for all that are enabled."""
    document: Shot | None = None
    """What the user has set by now."""


@dataclass(frozen=True)
class OutputState:
    output: str
    stale: int
    """Files that would be written."""
    fresh: int
    bytes: int
    """About how much they would take."""
    notes: tuple[str, ...] = ()
    """What is missing or stale of what it is made from, a line each."""
    refused: str = ""
    """Why it would be refused as it is, and what to do; empty where it would not."""
    unless: Option = ""
    """The option of `export` that it would not be refused with, where there is one."""


@dataclass(frozen=True)
class OutputsDone:
    outputs: tuple[OutputState, ...]
    problem: str = ""
    """Why it isn't known what is stale; empty if it is."""
    seconds: float = 0.0


@dataclass(frozen=True)
class Preview:
    """`preview`: an object's mask on one frame by its whole chain, live steps too, out of what is in the store, or its trimap or alpha; the
    model is not loaded.

    It is answered while a job runs. Nothing but `file` is written.
    """

    shot: Annotated[str, Text()]
    """The path of shot.json, which need not be there if `document` is given."""
    object: Annotated[str, Text(63)]
    frame: Annotated[int, Range(0, LAST_FRAME)]
    file: Annotated[str, Text()]
    """Where the pixels go (`mapped`)."""
    slot: Slot = 0
    document: Shot | None = None
    """What the user has set by now: values change faster than shot.json is written. Prompts and tracking don't matter here."""
    show: Shown = "mask"
    """``trimap`` and ``alpha`` are made by the object's matte settings, whether it is enabled or not; an alpha whose file is fresh is that,
    any other is of its frame alone: not steadied, and as if nothing came before. An alpha may take seconds; other previews don't wait for
    it, and `cancel` ends it."""
    look: bool = False
    """Whether the model may look at the picture for an alpha, where the method takes its features and they aren't there: it takes as long
    as a first click does. Otherwise it is not loaded, and the answer's `problem` says so."""


@dataclass(frozen=True)
class PreviewDone:
    object: str
    frame: int
    slot: Slot
    width: int
    height: int
    tracked: bool
    """Whether there is anything to make the mask from; the slot is as it was if not."""
    locked: bool = False
    """Whether it is the finished mask of a locked frame, which no value changes."""
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Left, top, right, bottom of what is not 0, in pixels; right and bottom are the first that are outside."""
    milliseconds: float = 0.0
    method: str = ""
    """Of an alpha: the method that made it, which ``auto`` has chosen."""
    problem: str = ""
    """Why there is no alpha to show though there is a mask, and what to do, in one line; the slot is as it was then."""


Span = tuple[int, int]
"""The first and the last of frames that follow one another."""


@dataclass(frozen=True)
class ListFrames:
    """`frames`: what there is of each object, frame by frame, without the model. It is answered while a job runs."""

    shot: Annotated[str, Text()]
    """The path of shot.json, which need not be there if `document` is given."""
    document: Shot | None = None
    """What the user has set by now."""
    review: bool = True
    """False: what is doubtful is what the last review of this shot found; while a job runs, reading all it has made would slow it down."""


@dataclass(frozen=True)
class Doubt:
    """A frame that needs eyes."""

    frame: int
    confidence: float
    """0 to 1."""
    reason: str
    """In words."""


@dataclass(frozen=True)
class ObjectFrames:
    """Within the shot's range. What is prompted and what is locked the document says."""

    object: str
    tracked: tuple[Span, ...] = ()
    stale: tuple[Span, ...] = ()
    """Of those tracked, what the next run would make anew: the tracking, the mask or the alpha alone."""
    masked: tuple[Span, ...] = ()
    """Whose mask there is."""
    doubtful: tuple[Doubt, ...] = ()
    """By frame."""
    matted: tuple[Span, ...] = ()
    """Whose alpha there is."""
    lacking: str = ""
    """Why its matte's method can't work here, and what to do, in one line; empty where it can."""


@dataclass(frozen=True)
class FramesDone:
    first: int
    last: int
    """The shot's range."""
    objects: tuple[ObjectFrames, ...]
    problem: str = ""
    """Why it isn't known what is stale; empty if it is."""
    milliseconds: float = 0.0
    stale_labels: tuple[Span, ...] = ()
    """Frames whose labels are there, but not what the document asks for by now; only where an output is made of labels."""


@dataclass(frozen=True)
class Click:
    """`click`: what the model makes of one object's prompts on one frame, and its chain of that, into the file that previews go into.

    It is answered while a job runs, with a PreviewDone. Nothing but `file` is written: `track` does that. The first on a picture takes as
    long as the model needs to look at it, and the first of all as long as it takes to load; the rest are quick.
    """

    shot: Annotated[str, Text()]
    """The path of shot.json, which need not be there if `document` is given."""
    object: Annotated[str, Text(63)]
    prompts: Prompts
    """With the frame that they are on. Those in the document don't matter here."""
    file: Annotated[str, Text()]
    """Where the pixels go (`mapped`)."""
    slot: Slot = 0
    document: Shot | None = None
    """The footage, the tracking and the chains that the user has set by now."""


@dataclass(frozen=True)
class Ping:
    """`ping`: answered at once, by the thread that reads, whatever the engine works on: one that doesn't answer hangs."""


@dataclass(frozen=True)
class Pong:
    pass


Result = (
    Initialized
    | Pong
    | JobDone
    | RegionsDone
    | PickDone
    | TraceDone
    | SeedDone
    | PreviewDone
    | FramesDone
    | ExportDone
    | OutputsDone
    | NetworksDone
    | DetectDone
)
RESULTS: dict[str, type[Result]] = {
    "initialize": Initialized,
    "ping": Pong,
    "regions": RegionsDone,
    "pick": PickDone,
    "trace": TraceDone,
    "seed": SeedDone,
    "prompt_classes": SeedDone,
    "detect": DetectDone,
    "export": ExportDone,
    "outputs": OutputsDone,
    "networks": NetworksDone,
    "preview": PreviewDone,
    "click": PreviewDone,
    "frames": FramesDone,
}
"""What a method answers; those that aren't named, JobDone."""


# --- notifications


@dataclass(frozen=True)
class Cancel:
    id: int


@dataclass(frozen=True)
class Progress:
    """How far a request is. Sent at most some twenty times a second, and always for the last frame."""

    id: int
    stage: Annotated[str, Text(32)]
    done: Annotated[int, Range(0)]
    total: Annotated[int, Range(0)]
    frame: int | None = None
    """The scene frame whose file was just written."""
    object: str | None = None
    frames_per_second: float = 0.0
    seconds_left: float | None = None
    method: str = ""
    """Of `matte`: which method made it, also where ``auto`` is set."""


@dataclass(frozen=True)
class Log:
    level: Literal["info", "warning", "error"]
    text: str


def request(number: int, method: str, params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": dump(params)}


def notification(method: str, params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": dump(params)}


def response(number: int, result: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "result": dump(result)}


def failure(number: int | None, code: int, message: str, model: str = "", option: Option = "") -> dict[str, Any]:
    """`model`, `option`: see the code."""
    data = {name: said for name, said in (("model", model), ("option", option)) if said}
    error = {"code": code, "message": message, **({"data": data} if data else {})}
    return {"jsonrpc": "2.0", "id": number, "error": error}


@dataclass(frozen=True)
class Failure:
    code: int
    message: str
    model: str = ""
    option: Option = ""


def read_failure(content: object) -> Failure:
    """A response's error, whatever else the sender put into it."""
    if isinstance(content, dict):
        data = content.get("data")
        more = {name: data.get(name, "") for name in ("model", "option")} if isinstance(data, dict) else {}
        return load(Failure, {"code": content.get("code"), "message": content.get("message"), **more}, "error")
    raise DocumentError("error", "expected an object")
