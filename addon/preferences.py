"""The add-on's preferences. What of them the engine needs goes into its command line, so that a changed one starts it anew."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, FloatVectorProperty, IntProperty, StringProperty

from . import package

DEFAULT_MODEL = "sam2-hiera-tiny"
MODELS = (
    (DEFAULT_MODEL, "SAM 2 Tiny", "184 MB. Without a memory of earlier frames: objects are followed by matching", 0),
    ("sam2.1-hiera-tiny", "SAM 2.1 Tiny", "156 MB. The smallest with a memory of earlier frames", 1),
    ("sam2.1-hiera-small", "SAM 2.1 Small", "184 MB. A little better, a little slower", 2),
    ("sam2.1-hiera-base-plus", "SAM 2.1 Base+", "324 MB. Better, slower", 3),
    ("sam2.1-hiera-large", "SAM 2.1 Large", "898 MB. The best, for a GPU", 4),
)
"""The engine's registry, as an enumeration's items."""
USUAL_MODEL = DEFAULT_MODEL if shutil.which("npm") else "sam2.1-hiera-tiny"
"""What one gets who chooses nothing: the default model comes in an npm package, the others from Meta without npm."""
PALETTE = (
    (1.0, 0.5, 0.0),
    (0.0, 0.6, 1.0),
    (0.2, 0.8, 0.2),
    (0.9, 0.2, 0.6),
    (0.9, 0.85, 0.1),
    (0.5, 0.35, 1.0),
    (0.1, 0.8, 0.75),
    (0.8, 0.25, 0.15),
)
"""What new objects are painted with in turn, unless the preferences say otherwise; linear RGB."""
GIGABYTE = 1_000_000_000


def _color(name: str, description: str, default: tuple[float, float, float]) -> Any:
    return FloatVectorProperty(name=name, description=description, subtype="COLOR", size=3, min=0.0, max=1.0, default=default)


class MattewrightPreferences(bpy.types.AddonPreferences):
    bl_idname = package.NAME

    section: EnumProperty(
        name="Section",
        description="Which of the preferences are shown",
        items=(
            ("ENGINE", "Engine", "Install the engine, or say where there is one", 0),
            ("WORK", "Work", "Where the model runs, and what it may use", 1),
            ("COLORS", "Colors", "What objects and frames are drawn with", 2),
            ("KEYMAP", "Keymap", "The keys in the Movie Clip Editor", 3),
        ),
    )
    engine_python: StringProperty(
        name="Engine Python",
        description="The Python that runs the engine, or the folder of its environment; empty for the one that Mattewright installed",
        subtype="FILE_PATH",
    )
    torch_build: EnumProperty(
        name="Torch Build",
        description="Which build of torch, the library that runs the model, is installed",
        items=(
            ("AUTO", "Automatic", "The one that suits this machine", 0),
            ("cuda130", "CUDA 13.0", "For NVIDIA GPUs since RTX 20, with driver 580 or newer", 1),
            ("cuda126", "CUDA 12.6", "For NVIDIA GPUs from GTX 900 to RTX 40, with driver 525 or newer", 2),
            ("rocm72", "ROCm 7.2", "For AMD GPUs on Linux, with the amdgpu driver", 3),
            ("mac", "Apple GPU", "For Macs with an Apple processor and macOS 14 or newer", 4),
            ("cpu", "CPU", "For machines without a supported GPU: slow, but it works everywhere", 5),
            ("pip", "As pip Is Configured", "Whichever build pip's own settings lead to, such as a studio's index", 6),
        ),
    )
    install_model: EnumProperty(
        name="Model",
        description="The model whose weights are fetched with the engine",
        items=(*MODELS, ("NONE", "None", "Fetch no weights: they are in the models folder already", 5)),
        default=USUAL_MODEL,
    )
    install_folder: StringProperty(
        name="Engine Folder",
        description="Where the engine is installed; empty for the extension's own folder, which Blender removes with the extension",
        subtype="DIR_PATH",
    )
    build_python: StringProperty(
        name="Build With", description="The Python that the engine's environment is made with; empty for Blender's own", subtype="FILE_PATH"
    )
    packages_folder: StringProperty(
        name="Packages Folder",
        description="A folder of Python packages (wheels) to install from, without the network; empty to fetch them",
        subtype="DIR_PATH",
    )
    model_file: StringProperty(
        name="Model File",
        description="The model's file, fetched by hand, to install the weights from without the network; empty to fetch it",
        subtype="FILE_PATH",
    )
    show_advanced: BoolProperty(name="Advanced", description="Show where packages come from and go to", default=False)

    models_folder: StringProperty(
        name="Models Folder",
        description="Where the model weights are, such as a studio's shared folder; empty for your own data folder",
        subtype="DIR_PATH",
    )
    device: EnumProperty(
        name="Device",
        description="What the model runs on",
        items=(
            ("AUTO", "Automatic", "The GPU where there is one that torch can use, else the processor", 0),
            ("cuda", "GPU", "An NVIDIA or AMD GPU", 1),
            ("mps", "Apple GPU", "The GPU of a Mac", 2),
            ("cpu", "CPU", "The processor", 3),
        ),
    )
    gpu: IntProperty(name="GPU Number", description="Which GPU, where there are several; the first is 0", min=0, max=63)
    memory_limit: FloatProperty(
        name="Memory Limit",
        description="The engine keeps less for later in GB of main memory, and takes no more of a GPU's; 0 for no limit",
        min=0.0,
        soft_max=64.0,
        max=4096.0,
        step=50,
        precision=1,
    )
    cache_folder: StringProperty(
        name="Cache Folder",
        description="Where what the model sees in the pictures is kept from one session to the next; empty for your own cache folder",
        subtype="DIR_PATH",
    )
    cache_size: FloatProperty(
        name="Cache Size",
        description="Room on the disk for that, in GB; the longest unused goes first. 0 to keep nothing",
        min=0.0,
        soft_max=100.0,
        max=10000.0,
        default=4.0,
        step=50,
        precision=1,
    )

    object_color_1: _color("Object 1", "Of the first new object; the next takes the next color", PALETTE[0])
    object_color_2: _color("Object 2", "Of a new object", PALETTE[1])
    object_color_3: _color("Object 3", "Of a new object", PALETTE[2])
    object_color_4: _color("Object 4", "Of a new object", PALETTE[3])
    object_color_5: _color("Object 5", "Of a new object", PALETTE[4])
    object_color_6: _color("Object 6", "Of a new object", PALETTE[5])
    object_color_7: _color("Object 7", "Of a new object", PALETTE[6])
    object_color_8: _color("Object 8", "Of a new object; the one after it takes the first color again", PALETTE[7])
    prompted_color: _color("Prompted", "Of prompted frames in the frame strip", (1.0, 1.0, 1.0))
    doubtful_color: _color("Doubtful", "Of doubtful frames in the frame strip", (1.0, 0.02, 0.04))
    locked_color: _color("Locked", "Of locked frames in the frame strip", (0.64, 0.64, 0.64))

    def draw(self, context: bpy.types.Context) -> None:
        from .ui import preferences_page

        if self.layout is not None:
            preferences_page.draw(self.layout, self, context)


def current() -> Any:
    """The preferences; None where there are none, as in a test that imports the package without enabling it."""
    preferences = bpy.context.preferences
    addon = preferences.addons.get(package.NAME) if preferences else None
    return addon.preferences if addon else None


def engine_python() -> str:
    """The preference; empty where there are no preferences."""
    chosen = current()
    return str(chosen.engine_python) if chosen is not None else ""


def models_folder() -> str:
    """The absolute path of the models folder; empty where the preferences don't say it."""
    chosen = current()
    return str(Path(bpy.path.abspath(chosen.models_folder.strip()))) if chosen is not None and chosen.models_folder.strip() else ""


def model() -> str:
    """The model that is installed with the engine, and that new shots are tracked with; empty where the preferences name none."""
    chosen = current()
    return "" if chosen is None or chosen.install_model == "NONE" else str(chosen.install_model)


def program_options() -> list[str]:
    """What the engine's program gets before its command, whichever that is."""
    folder = models_folder()
    return ["--models", folder] if folder else []


def serve_options() -> list[str]:
    """What the engine gets when it serves this Blender."""
    chosen = current()
    if chosen is None:
        return []
    options = []
    if chosen.device != "AUTO":
        number = f":{chosen.gpu}" if chosen.device == "cuda" and chosen.gpu else ""
        options += ["--device", chosen.device + number]
    if chosen.memory_limit > 0:
        options += ["--memory", f"{chosen.memory_limit:g}"]
    if chosen.cache_folder.strip():
        options += ["--cache", str(Path(bpy.path.abspath(chosen.cache_folder.strip())))]
    return [*options, "--cache-size", f"{chosen.cache_size:g}"]


def object_color(number: int) -> tuple[float, float, float]:
    """The colour of the shot's object `number`, from 0 on, when it is new; linear RGB."""
    chosen, place = current(), number % len(PALETTE)
    if chosen is None:
        return PALETTE[place]
    red, green, blue = getattr(chosen, f"object_color_{place + 1}")
    return red, green, blue


def register() -> None:
    bpy.utils.register_class(MattewrightPreferences)


def unregister() -> None:
    bpy.utils.unregister_class(MattewrightPreferences)
