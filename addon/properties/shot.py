"""The shot of a movie clip."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from ...engine.shot import MattewrightError, Tracking, View
from .. import paths, preferences
from ..translations import CONTEXT
from .classes import ClassSettings
from .depth import DepthSettings
from .objects import LockedRange, MatteObject
from .outputs import MatteOutput
from .people import PeopleSearch
from .refine import rounded

__all__ = ["LockedRange", "ShotProperties", "active_object", "active_output", "add_object", "assign_identities", "visible_objects"]


class ShotProperties(bpy.types.PropertyGroup):
    """Everything that Mattewright knows of one clip."""

    store: StringProperty(
        name="Store",
        description="Folder of the clip's masks; empty until the first job: then <name of the .blend>.mattewright/<clip> beside the .blend",
        subtype="DIR_PATH",
        options=paths.PROPERTY_OPTIONS,
    )
    use_clip_range: BoolProperty(name="Whole Clip", description="Work on all frames of the clip", default=True)
    first: IntProperty(name="First", description="First scene frame to work on", min=0, default=1)
    last: IntProperty(name="Last", description="Last scene frame to work on", min=0, default=250)
    model: StringProperty(name="Model", description="The segmentation model's name", default=Tracking().model)
    tracker: EnumProperty(
        name="Tracker",
        description="How an object is followed from frame to frame",
        # Saved by number: one that is added later takes a new number, and none is used twice.
        items=(
            ("auto", "Automatic", "Memory where the model has it, else matching", 2),
            ("memory", "Memory", "SAM 2's own memory of earlier frames; needs a SAM 2.1 model", 1),
            ("matching", "Matching", "Matches features of the picture to earlier frames; needs no weights of its own, and is fast", 0),
        ),
        default=Tracking().tracker,
    )
    size: EnumProperty(
        name="Working Size",
        description="Pixels of the square that the model sees a picture as",
        # Saved by number, like the trackers.
        items=(
            ("1024", "Full (1024)", "What the model was trained at", 0),
            ("896", "Fast (896)", "About 1.4 times as fast, with nearly the same masks", 2),
            ("512", "Draft (512)", "About four times as fast, with coarser edges, and thin things lost", 1),
        ),
        default=str(Tracking().size),
    )
    precision: EnumProperty(
        name="Precision",
        description="What the networks calculate in",
        items=(
            ("float32", "Full", "32-bit floats: the same result everywhere", 0),
            ("bfloat16", "Half (bfloat16)", "16-bit floats: faster on a recent GPU", 1),
            ("float16", "Half (float16)", "16-bit floats: faster on an older GPU or a Mac", 2),
        ),
        default="float32",
    )
    compiled: BoolProperty(
        name="Compile",
        description="Compile the model for this machine: a minute or more at the first frame, less at each further one",
        default=False,
    )
    overlap: EnumProperty(
        name="Overlap",
        description="What happens where several objects claim a pixel",
        # Saved by number, like the trackers.
        items=(
            ("union", "Allowed", "Each object's mask stands alone, and masks may overlap", 0),
            ("winner", "Likeliest Wins", "Each pixel goes to the likeliest object alone, so that touching mattes don't overlap", 1),
        ),
        default="union",
    )
    panorama: BoolProperty(
        name="Panorama",
        description="The picture goes all around (equirectangular): an object that leaves on the right comes in on the left",
        default=False,
    )
    exposure: FloatProperty(
        name="Exposure",
        description="Stops by which the model, and exports that hold colors as displayed, see scene-linear footage (OpenEXR, HDR) brighter",
        min=-20.0,
        max=20.0,
        soft_min=-6.0,
        soft_max=6.0,
        default=0.0,
    )
    transfer: EnumProperty(
        name="View",
        description="How the model, and exports that hold colors as displayed, see scene-linear footage (OpenEXR, HDR); other footage is"
        " seen as it is",
        # Saved by number, like the trackers.
        items=(
            ("srgb", "sRGB", "What is brighter than white is white", 0),
            ("rolloff", "Soft Highlights", "Like sRGB, but brighter light comes ever nearer to white", 1),
            ("log", "Log", "The curve of ACEScct: 17 stops, flat", 2),
        ),
        default="srgb",
    )
    alpha: EnumProperty(
        name="Source Alpha",
        description="What the clip's colors are where its files have an alpha of their own",
        # Saved by number, like the trackers.
        items=(
            ("auto", "Automatic", "By the format, and by what the file says of itself", 0),
            ("straight", "Straight", "Not multiplied by alpha", 1),
            ("premultiplied", "Premultiplied", "Multiplied by alpha already, with black", 2),
            ("ignored", "Ignored", "As if there were no alpha", 3),
        ),
        default="auto",
        translation_context=CONTEXT,
    )
    objects: CollectionProperty(name="Objects", description="What is matted in the clip", type=MatteObject)
    active_index: IntProperty(name="Active Object", description="The object that is selected in the panel", min=0)
    last_identity: IntProperty(options={"HIDDEN"})
    outputs: CollectionProperty(name="Outputs", description="What leaves the shot, in which formats", type=MatteOutput)
    classes: PointerProperty(name="Classes", description="How the clip's pixels are told apart by class", type=ClassSettings)
    people: PointerProperty(name="People", description="How people are looked for", type=PeopleSearch)
    depth: PointerProperty(name="Depth", description="How the clip's depth is estimated", type=DepthSettings)
    active_output: IntProperty(name="Active Output", description="The output that is selected in the panel", min=0)


def view_of(shot: ShotProperties) -> View:
    """How scene-linear footage is seen, as the document has it."""
    return View(rounded(shot.exposure), shot.transfer)


def active_object(shot: ShotProperties) -> MatteObject | None:
    """The object that is selected in the panel."""
    found: MatteObject | None = shot.objects[shot.active_index] if 0 <= shot.active_index < len(shot.objects) else None
    return found


def active_output(shot: ShotProperties) -> MatteOutput | None:
    """The output that is selected in the panel."""
    outputs, index = shot.outputs, shot.active_output
    found: MatteOutput | None = outputs[index] if 0 <= index < len(outputs) else None
    return found


def visible_objects(shot: ShotProperties) -> list[MatteObject]:
    """The objects that are to be shown, in their order: those that are solo, if any are, else those that are visible."""
    solo = [item for item in shot.objects if item.solo]
    return solo or [item for item in shot.objects if item.visible]


def add_object(shot: ShotProperties, name: str) -> MatteObject:
    """A new object, made the active one. Raises MattewrightError if the name is taken or empty."""
    if not name.strip():
        raise MattewrightError("object: expected a name")
    if any(known.name == name for known in shot.objects):
        raise MattewrightError(f"object '{name}': there is one of that name already")
    made: MatteObject = shot.objects.add()
    made.name = name
    made.color = preferences.object_color(len(shot.objects) - 1)
    shot.active_index = len(shot.objects) - 1
    assign_identities(shot)
    # A clip that nothing uses is not saved, and the prompts with it; one that a script opened has no user.
    if shot.id_data is not None:
        shot.id_data.use_fake_user = True
    return made


def assign_identities(shot: ShotProperties) -> None:
    """Give every object a number of its own, which none that was removed has had, and every step one among its object's.

    By it the node group knows an object again after it was renamed or moved. Scripts that add objects to the collection themselves,
    or copy one, need not know of it.
    """
    seen: set[int] = set()
    for known in shot.objects:
        if known.identity <= 0 or known.identity in seen:
            shot.last_identity = max([shot.last_identity, *(item.identity for item in shot.objects)]) + 1
            known.identity = shot.last_identity
        seen.add(known.identity)
        steps: set[int] = set()
        for step in known.refine:
            if step.identity <= 0 or step.identity in steps:
                step.identity = max(other.identity for other in known.refine) + 1
            steps.add(step.identity)
