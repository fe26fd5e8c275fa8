"""The command line's words, and how every command ends: 0 done, 1 refused in one line, 2 misused, 130 cancelled."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from .. import __version__
from ..shot import MatteMethod, MattewrightError, SourceAlpha
from ..shot.people import USUAL_PEOPLE
from ..shot.regions import USUAL
from . import documents, mattes, output_parsers, regions, shots
from . import trace as tracing
from .options import (
    count_option,
    exposure_option,
    frames_option,
    gigabytes_option,
    grid_option,
    part_option,
    pixels_option,
    point_option,
    rate_option,
    share_option,
)
from .parsing import device_option, of, shot_option
from .shots import CANCELLED

if TYPE_CHECKING:
    from .parsing import Commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = make_parser().parse_args(arguments)
    if options.models_folder is not None:
        os.environ["MATTEWRIGHT_MODELS"] = str(options.models_folder)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except MattewrightError as error:
        print(f"mattewright: {' '.join(str(error).splitlines())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("mattewright: cancelled; what is done is kept", file=sys.stderr)
        return CANCELLED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains again at exit
        return 1
    except OSError as error:
        if os.environ.get("MATTEWRIGHT_DEBUG"):
            traceback.print_exc()
        where = f"{error.filename}: " if error.filename else ""
        print(f"mattewright: {where}{error.strerror or error}", file=sys.stderr)
        return 1


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine", description="Mattewright's engine: tracks, refines and stores mattes for a shot document."
    )
    parser.add_argument("--models", dest="models_folder", type=Path, metavar="FOLDER", help="the models folder, for this run")
    parser.add_argument("--version", action="version", version=f"Mattewright {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _document_commands(commands)
    _shot_commands(commands)
    _region_commands(commands)
    _people_command(commands)
    _depth_command(commands)
    _trace_command(commands)
    _matte_commands(commands)
    _model_commands(commands)

    doctor = commands.add_parser("doctor", help="say what was found here, and what to do about what is missing")
    doctor.add_argument("--deep", action="store_true", help="load torch and the models too, and try the device (seconds)")
    doctor.add_argument("--no-models", dest="models", action="store_false", help="leave the model weights out")
    doctor.set_defaults(command=_doctor)
    serve = commands.add_parser("serve", help="answer JSON-RPC on standard input and output (what the add-on starts)")
    serve.add_argument("--device", metavar="DEVICE", help="cpu, cuda, cuda:<number> or mps (default: the best that is there)")
    serve.add_argument("--memory", type=gigabytes_option, metavar="GB", help="keep less for later, and take no more of a GPU's memory")
    serve.add_argument("--cache", type=Path, metavar="FOLDER", help="where pictures' features are kept (default: the user's cache folder)")
    serve.add_argument("--cache-size", type=gigabytes_option, metavar="GB", help="keep pictures' features on disk, up to this many GB")
    serve.set_defaults(command=_serve)
    return parser


def _settings_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--overlap",
        choices=("union", "winner"),
        help="whether objects' masks may overlap (union, the default), or each pixel goes to the likeliest object alone (winner)",
    )
    parser.add_argument(
        "--panorama",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether the picture goes all around (equirectangular), so that what leaves on the right comes in on the left",
    )
    parser.add_argument(
        "--exposure",
        type=exposure_option,
        metavar="STOPS",
        help="scene-linear footage (EXR, HDR) is seen this much brighter, or darker below 0",
    )
    parser.add_argument(
        "--transfer",
        choices=("srgb", "rolloff", "log"),
        help="how scene-linear footage is seen: srgb clips what is brighter than white (the default), rolloff and log keep it apart",
    )
    parser.add_argument(
        "--alpha",
        choices=get_args(SourceAlpha),
        help="what colors are where the footage has an alpha of its own: not multiplied by it (straight), multiplied with black"
        " (premultiplied), or as if it had none (ignored); auto (the default) goes by the format and by what the file says of itself",
    )
    parser.add_argument(
        "--rate", type=rate_option, metavar="FPS", help="an image sequence's frames a second in exported movies: 25, 23.976 or 24000/1001"
    )
    parser.add_argument("--model", help="the model to track with (sam2-hiera-tiny by default)")
    parser.add_argument(
        "--tracker",
        choices=("auto", "matching", "memory"),
        help="how objects are followed: memory needs a SAM 2.1 model, auto (the default) takes it where the model has it, else matching",
    )
    parser.add_argument(
        "--size", type=int, choices=(1024, 896, 512), help="pixels of the model's picture: 1024 (the default), 896, or 512 for drafts"
    )
    parser.add_argument(
        "--precision", choices=("float32", "bfloat16", "float16"), help="what the networks calculate in (float32 by default)"
    )
    parser.add_argument(
        "--compiled",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether torch.compile makes the image encoder: slow to start, for long clips (needs a C++ compiler, or Triton on CUDA)",
    )


def _document_commands(commands: Commands) -> None:
    new = commands.add_parser("new", help="make a shot document for a clip, without Blender")
    new.add_argument("clip", type=Path, metavar="CLIP", help="a movie, or the first picture of a sequence")
    new.add_argument("--store", type=Path, required=True, metavar="FOLDER", help="where the document and its results go")
    new.add_argument("--name", help="the shot's name (default: the clip's)")
    new.add_argument("--frames", type=frames_option, metavar="A-B", help="scene frames, both included (default: the whole clip)")
    new.add_argument("--frame-start", type=int, default=1, metavar="N", help="the scene frame of the clip's first picture (default: 1)")
    _settings_options(new)
    new.set_defaults(command=documents.new)
    settings = commands.add_parser("set", help="change a shot's settings")
    shot_option(settings)
    _settings_options(settings)
    settings.set_defaults(command=documents.change)

    prompt = commands.add_parser("prompt", help="say where an object is on a frame (replaces its prompts there)")
    shot_option(prompt)
    prompt.add_argument("--object", required=True, metavar="NAME", help="the object; a new name makes a new object")
    prompt.add_argument("--frame", type=int, required=True, metavar="N", help="Blender's scene frame")
    prompt.add_argument(
        "--point", type=point_option, action="append", default=[], metavar="X,Y", help="a pixel on the object, from the top left corner"
    )
    prompt.add_argument("--not-point", type=point_option, action="append", default=[], metavar="X,Y", help="a pixel that is not the object")
    prompt.add_argument("--box", metavar="LEFT,TOP,RIGHT,BOTTOM", help="a box around the object, in pixels")
    prompt.add_argument("--mask", type=Path, metavar="FILE", help="a picture of the footage's size, white where the object is")
    prompt.add_argument(
        "--correct", action="store_true", help="start from what was tracked on that frame, and mend it with the points (and the box)"
    )
    prompt.set_defaults(command=documents.prompt)

    check = commands.add_parser("check", help="validate a shot document and its footage")
    shot_option(check)
    check.set_defaults(command=documents.check)
    chain = commands.add_parser("chain", help="show or change an object's refine chain")
    shot_option(chain)
    chain.add_argument("--object", required=True, metavar="NAME", help="the object")
    chain.add_argument("--clear", action="store_true", help="begin with an empty chain")
    chain.add_argument("--preset", metavar="NAME", help="begin with a preset: one of `presets`, or a file")
    chain.add_argument("--remove", action="append", default=[], metavar="STEP", help="take out a step: its number, or its op's name")
    chain.add_argument("--add", action="append", default=[], metavar="OP", help="append an op with its default values (see `ops`)")
    chain.add_argument(
        "--insert", action="append", default=[], nargs=2, metavar=("N", "OP"), help="put in an op as step N; those from there on move down"
    )
    chain.add_argument("--move", action="append", default=[], nargs=2, metavar=("STEP", "N"), help="make a step the Nth one")
    chain.add_argument("--live", action="append", default=[], metavar="STEP", help="leave a step to the compositor's nodes")
    chain.add_argument("--bake", action="append", default=[], metavar="STEP", help="make a step part of the mask's file again")
    chain.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="STEP.PARAMETER=VALUE",
        help="change a value; 1:0.4,20:0.8 gives values by frame, each held until the next; STEP.enabled=off turns a step off",
    )
    chain.add_argument("--save", type=Path, metavar="FILE", help="keep the chain as a preset")
    chain.set_defaults(command=of("chains", "chain"))
    commands.add_parser("presets", help="list the chains that come with Mattewright").set_defaults(command=of("chains", "list_presets"))
    ops = commands.add_parser("ops", help="list the refine ops and their values")
    ops.add_argument("--json", action="store_true", help="print JSON: the declarations, as engine/shot/ops.json holds them")
    ops.set_defaults(command=documents.ops)
    output_parsers.add_commands(commands)


def _shot_commands(commands: Commands) -> None:
    for name, text, command in (
        ("run", "do everything that is stale: track, then refine, then make the mattes that are enabled", shots.run),
        ("track", "track the objects from their prompts; each frame's mask is made right after it", shots.track),
        ("refine", "make masks anew from what was tracked, without the model", shots.refine),
        ("matte", "make soft alphas of the masks, of the objects whose matte is enabled, or of those that are named", shots.matte),
        ("plan", "say how many files are stale, and write nothing", shots.plan),
    ):
        parser = commands.add_parser(name, help=text)
        shot_option(parser)
        parser.add_argument("--object", action="append", default=[], metavar="NAME", help="only this object (may be repeated)")
        parser.add_argument("--frames", type=frames_option, metavar="A-B", help="only these scene frames (default: the shot's range)")
        device_option(parser)
        if name == "refine":
            parser.add_argument(
                "--set",
                action="append",
                default=[],
                metavar="OBJECT.OP.PARAMETER=VALUE",
                help="change a value in the document first (may be repeated); 1:0.4,20:0.8 gives values by frame, each held until the next",
            )
        if name == "matte":
            parser.add_argument("--method", choices=get_args(MatteMethod), help="change the objects' method in the document first")
            parser.add_argument(
                "--set",
                action="append",
                default=[],
                metavar="OBJECT.NAME=VALUE",
                help="change a setting in the document first (may be repeated; see `matte-settings`)",
            )
        parser.set_defaults(command=command)

    classify = commands.add_parser(
        "classify", help="part all pictures into classes of things, without a click: labels, and mattes of objects that are made of classes"
    )
    shot_option(classify)
    classify.add_argument("--list", action="store_true", help="list the network's classes, and do nothing")
    classify.add_argument(
        "--add", action="append", default=[], metavar="OBJECT=CLASS,...", help="have an object, which may be new, be made of these classes"
    )
    classify.add_argument(
        "--track",
        action="append",
        default=[],
        metavar="OBJECT",
        help="have an object be tracked from its prompts again",
    )
    classify.add_argument(
        "--prompt",
        action="append",
        default=[],
        metavar="OBJECT=CLASS,...",
        help="only prompt an object with what is found of these classes, for the tracker to follow",
    )
    classify.add_argument("--every", type=count_option, default=25, metavar="N", help="prompt on every N-th frame (default: 25)")
    classify.add_argument(
        "--network", metavar="NAME", help="change the network in the document first (deeplab by default; see `models list`)"
    )
    classify.add_argument(
        "--steady", type=part_option, metavar="S", help="how far a frame goes by those around it, 0 (the default) to 1: labels flicker less"
    )
    classify.add_argument(
        "--edges", choices=("smooth", "picture"), help="whether labels' borders are drawn to the picture's edges (smooth by default: not)"
    )
    classify.add_argument(
        "--look",
        choices=("parts", "whole", "both", "fine"),
        help="how a picture that is wider than the network's is shown: with the network's detail, part by part where need be (the default),"
        " as a whole in few pixels, which is faster, both, for what may be small or fill the picture, or twice as fine, four times slower",
    )
    classify.add_argument("--object", action="append", default=[], metavar="NAME", help="only this object, and no labels (may be repeated)")
    classify.add_argument("--frames", type=frames_option, metavar="A-B", help="only these scene frames (default: the shot's range)")
    device_option(classify)
    classify.set_defaults(command=of("classify", "classify"))

    review = commands.add_parser("review", help="name the frames whose masks most need eyes, worst first")
    shot_option(review)
    review.add_argument("--object", action="append", default=[], metavar="NAME", help="only this object (may be repeated)")
    many = review.add_mutually_exclusive_group()
    many.add_argument("--share", type=share_option, default=None, metavar="S", help="which part of each object's frames (default: 0.1)")
    many.add_argument("--count", type=count_option, default=None, metavar="N", help="how many frames of each object")
    review.add_argument("--json", action="store_true", help="print JSON: a list of object, frame, confidence and reason")
    review.set_defaults(command=shots.review)


def _region_commands(commands: Commands) -> None:
    find = commands.add_parser("regions", help="find everything on one frame, as numbered regions to pick objects from")
    shot_option(find)
    find.add_argument("--frame", type=int, required=True, metavar="N", help="Blender's scene frame")
    find.add_argument(
        "--grid", type=grid_option, default=USUAL.grid, metavar="N", help=f"ask the model at N x N points (default: {USUAL.grid})"
    )
    for name, value, text in (
        ("--least-score", USUAL.least_score, "how sure the model must be of a mask"),
        ("--least-stability", USUAL.least_stability, "how little a mask must change with its threshold"),
    ):
        find.add_argument(name, type=part_option, default=value, metavar="S", help=f"{text}, 0 to 1 (default: {value:g})")
    find.add_argument(
        "--least-area", type=count_option, metavar="PIXELS", help="the smallest region, island or hole (default: 1/5000 of the picture)"
    )
    device_option(find)
    find.add_argument("--json", action="store_true", help="print the list as JSON")
    find.set_defaults(command=regions.find)

    pick = commands.add_parser("pick", help="make an object, or several, of regions that `regions` found")
    shot_option(pick)
    pick.add_argument("--frame", type=int, required=True, metavar="N", help="Blender's scene frame")
    pick.add_argument("--region", type=count_option, action="append", default=[], metavar="N", help="a region's number (may be repeated)")
    pick.add_argument(
        "--at", type=point_option, action="append", default=[], metavar="X,Y", help="the region at that pixel, from the top left corner"
    )
    whose = pick.add_mutually_exclusive_group()
    whose.add_argument("--object", default="", metavar="NAME", help="the object that they become together (default: 'region N')")
    whose.add_argument("--each", action="store_true", help="each becomes an object of its own")
    pick.add_argument("--with-parts", action="store_true", help="take the regions within a picked one too")
    there = pick.add_mutually_exclusive_group()
    there.add_argument("--replace", action="store_true", help="replace the object's prompts on that frame")
    there.add_argument("--extend", action="store_true", help="add to the object's mask prompt on that frame")
    pick.set_defaults(command=regions.pick)


def _people_command(commands: Commands) -> None:
    detect = commands.add_parser("detect", help="find people, and make each an object with prompts")
    shot_option(detect)
    where = detect.add_mutually_exclusive_group()
    where.add_argument("--first", action="store_true", help="look at the first of the frames alone (the default)")
    where.add_argument("--every", type=count_option, metavar="N", help="look at every N-th frame; who is who the tracker knows")
    where.add_argument("--all", action="store_true", help="look at all frames")
    detect.add_argument("--frames", type=frames_option, metavar="A-B", help="only these scene frames (default: the shot's range)")
    detect.add_argument("--together", action="store_true", help="make one object of all people")
    detect.add_argument(
        "--score",
        type=part_option,
        default=USUAL_PEOPLE.least_score,
        metavar="S",
        help=f"how sure the detector must be, 0 to 1 (default: {USUAL_PEOPLE.least_score:g})",
    )
    detect.add_argument(
        "--over-classes", action="store_true", help="also make objects of people whom an object made of classes covers already"
    )
    detect.add_argument("--names", default="", metavar="NAME", help="what the objects are called (default: Person 1, Person 2, ...)")
    detect.add_argument("--network", default=USUAL_PEOPLE.network, metavar="NAME", help=f"the detector (default: {USUAL_PEOPLE.network})")
    device_option(detect)
    detect.set_defaults(command=of("people", "detect"))


def _depth_command(commands: Commands) -> None:
    depth = commands.add_parser("depth", help="make pictures of how far away things are, which refine ops can measure")
    shot_option(depth)
    depth.add_argument("--frames", type=frames_option, metavar="A-B", help="up to B, and from A where nothing is steadied")
    depth.add_argument("--network", metavar="NAME", help="put another network into the document first")
    depth.add_argument(
        "--steady",
        type=part_option,
        metavar="S",
        help="first change how much a frame holds on to the last one, 0 to 1 (default: 0.5)",
    )
    device_option(depth)
    depth.set_defaults(command=shots.depth)


def _trace_command(commands: Commands) -> None:
    trace = commands.add_parser("trace", help="make an object's mattes into Bezier splines with keyframes")
    shot_option(trace)
    trace.add_argument("--object", default="", metavar="NAME", help="the object (default: the only one)")
    trace.add_argument("--frames", type=frames_option, metavar="A-B", help="only these scene frames (default: the shot's range)")
    trace.add_argument(
        "--tolerance", type=pixels_option, default=1.0, metavar="PIXELS", help="how far splines may be off on any frame (default: 1)"
    )
    trace.add_argument(
        "--smallest", type=count_option, default=64, metavar="PIXELS", help="the area of the smallest island or hole (default: 64)"
    )
    trace.add_argument("--output", type=Path, metavar="FILE", help="also write all of it as one JSON object")
    trace.set_defaults(command=tracing.trace)


def _matte_commands(commands: Commands) -> None:
    settings = commands.add_parser("matte-settings", help="show or change how an object's matte is made")
    shot_option(settings)
    settings.add_argument("--object", required=True, metavar="NAME", help="the object")
    settings.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a setting (may be repeated): enabled=on has `run` make the matte; the others are method, width, inside, outside,"
        " steady, foreground, despill and despill_strength",
    )
    settings.set_defaults(command=mattes.settings)
    trimap = commands.add_parser("trimap", help="save a frame's trimap: where alpha is known, and where it has to be found")
    shot_option(trimap)
    trimap.add_argument("frame", type=int, metavar="FRAME", help="Blender's scene frame")
    trimap.add_argument("--object", default="", metavar="NAME", help="the object (default: the only one)")
    trimap.add_argument("--save", type=Path, required=True, metavar="FILE", help="a PNG: white is the object, grey is unknown")
    trimap.set_defaults(command=mattes.trimap)


def _model_commands(commands: Commands) -> None:
    models = commands.add_parser("models", help="install and list model weights")
    verbs = models.add_subparsers(title="commands", required=True, metavar="COMMAND")
    install = verbs.add_parser("install", help="fetch, check and install a model's weights")
    install.add_argument("name", nargs="?", default=None, help="which (default: sam2-hiera-tiny, which needs no account)")
    install.add_argument("--from", dest="source", type=Path, metavar="FILE", help="a file fetched by hand, instead of the network")
    install.add_argument("--offline", action="store_true", help="never use the network")
    install.set_defaults(command=of("models", "install"))
    verbs.add_parser("list", help="which models there are, and which are installed").set_defaults(command=of("models", "list_models"))
    verbs.add_parser("path", help="the folder that models are kept in").set_defaults(command=of("models", "path"))
    add = verbs.add_parser("add", help="take in a network of your own: its card, a JSON file, with the .onnx file beside it")
    add.add_argument("card", type=Path, metavar="CARD.json", help="what the network takes and gives (see README)")
    add.set_defaults(command=of("classify", "add_network"))
    verify = verbs.add_parser("verify", help="hash the installed models again")
    verify.add_argument("name", nargs="?", default=None, help="only this one (default: all that are installed)")
    verify.set_defaults(command=of("models", "verify"))


def _doctor(options: argparse.Namespace) -> int:
    from . import doctor

    return doctor.doctor(options)


def _serve(options: argparse.Namespace) -> int:
    from ..server import serve
    from ..settings import Settings

    return serve(Settings(options.device, options.memory or None, options.cache, options.cache_size or 0))
