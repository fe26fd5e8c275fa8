"""What the add-on and the engine share: the shot document, the store's layout and the messages. Standard library only."""

from . import presets
from .asking import lacking, references, unused
from .catalogue import catalogue
from .classes import Classes
from .depth import Depth
from .document import (
    VERSION,
    BlenderMask,
    Box,
    Catalogue,
    Footage,
    FrameRange,
    MotionTrack,
    Point,
    Polygon,
    Prompts,
    RefineStep,
    Scribble,
    Shot,
    ShotObject,
    Size,
    Tracking,
    check,
    check_chain,
    from_json,
    parse,
    read,
    to_json,
)
from .errors import DocumentError, MattewrightError
from .layout import DOCUMENT_NAME, STORE_SUFFIX, Layout, Stage, document_path, folder_name
from .matte import Matte, MatteMethod
from .operations import Color, Declaration, KeyedValue, Parameter, Value
from .outputs import FormatDeclaration, Output, formats
from .view import Rate, SourceAlpha, View

__all__ = [
    "DOCUMENT_NAME",
    "STORE_SUFFIX",
    "VERSION",
    "BlenderMask",
    "Box",
    "Catalogue",
    "Classes",
    "Color",
    "Declaration",
    "Depth",
    "DocumentError",
    "Footage",
    "FormatDeclaration",
    "FrameRange",
    "KeyedValue",
    "Layout",
    "Matte",
    "MatteMethod",
    "MattewrightError",
    "MotionTrack",
    "Output",
    "Parameter",
    "Point",
    "Polygon",
    "Prompts",
    "Rate",
    "RefineStep",
    "Scribble",
    "Shot",
    "ShotObject",
    "Size",
    "SourceAlpha",
    "Stage",
    "Tracking",
    "Value",
    "View",
    "catalogue",
    "check",
    "check_chain",
    "document_path",
    "folder_name",
    "formats",
    "from_json",
    "lacking",
    "parse",
    "presets",
    "read",
    "references",
    "to_json",
    "unused",
]
