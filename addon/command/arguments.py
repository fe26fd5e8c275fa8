"""What the command takes."""

from __future__ import annotations

import argparse

from ...engine.shot import FrameRange


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="blender --background SHOT.blend --command mattewright",
        description="AI rotoscoping: track what is prompted in the .blend, refine its masks, render keyed frames.",
    )
    # Required by `main` rather than here, so that no command at all gets the whole help.
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    clip = argparse.ArgumentParser(add_help=False)
    clip.add_argument("--clip", default="", metavar="NAME", help="the movie clip; by default the only one in the file")
    part = argparse.ArgumentParser(add_help=False)
    part.add_argument("--object", action="append", default=[], metavar="NAME", help="only this object; may be given several times")
    part.add_argument("--frames", type=frames, metavar="A-B", help="only these scene frames; by default the shot's range")

    commands.add_parser("track", parents=[clip, part], help="track the prompted objects and write their masks")
    commands.add_parser("refine", parents=[clip, part], help="make the masks anew from what was tracked")
    commands.add_parser("matte", parents=[clip, part], help="make alpha and foreground of the masks; by default where the matte is on")
    commands.add_parser("run", parents=[clip, part], help="all that is stale: track, classify, refine, then the mattes that are on")
    _network_commands(commands, clip, part)
    render = commands.add_parser("render", parents=[clip, part], help="write keyed frames: the clip's pixels, the masks for alpha")
    render.add_argument("--output", default="", metavar="PATTERN", help="such as //keyed/dog_####.png; by default in the store")
    render.add_argument("--format", choices=("PNG", "EXR"), help="by default that of the output's extension, else PNG")
    render.add_argument("--depth", choices=("8", "16", "32"), default="", help="bits a channel: 8 or 16 for PNG, 16 or 32 for EXR")
    export = commands.add_parser("export", parents=[clip], help="write what is stale of the shot's outputs")
    export.add_argument("--output", action="append", default=[], metavar="NAME", help="only this one; by default all that are enabled")
    export.add_argument("--verify", action="store_true", help="write nothing: read the files back, and say what is wrong with them")
    export.add_argument("--incomplete", action="store_true", help="leave out what is missing; it is refused otherwise")
    export.add_argument("--overwrite", action="store_true", help="replace files that the output did not write; it is refused otherwise")
    status = commands.add_parser("status", parents=[clip], help="what the shot is, and which masks are missing")
    status.add_argument("--plan", action="store_true", help="also ask the engine how much is stale")
    nodes = commands.add_parser("nodes", parents=[clip], help="build the clip's node group")
    nodes.add_argument("--keying", action="store_true", help="also key the clip in the scene's compositor")
    _save_option(nodes)
    return made


def _save_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--save", nargs="?", const="", metavar="FILE", help="save the .blend afterwards, or a copy of it as FILE")


def _network_commands(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], clip: argparse.ArgumentParser, part: argparse.ArgumentParser
) -> None:
    classify = commands.add_parser("classify", parents=[clip, part], help="tell what kind of thing each pixel shows; objects of classes")
    classify.add_argument("--network", default="", metavar="NAME", help="take this network from now on")
    classify.add_argument("--list", action="store_true", help="only say which networks and classes there are")
    classify.add_argument(
        "--add", action="append", default=[], type=classed, metavar="OBJECT=CLASS[,CLASS]", help="first add such an object"
    )
    classify.add_argument(
        "--prompt", type=classed, metavar="OBJECT=CLASS[,CLASS]", help="instead prompt the object, which may be new, with what they cover"
    )
    classify.add_argument("--every", type=number, default=0, metavar="N", help="prompt on every N-th frame; by default what the clip says")
    _save_option(classify)
    detect = commands.add_parser("detect", parents=[clip], help="find people, and add objects with prompts for them")
    which = detect.add_mutually_exclusive_group()
    which.add_argument("--first", action="store_true", help="look at the first frame alone")
    which.add_argument("--every", type=number, default=0, metavar="N", help="look at every N-th frame")
    which.add_argument("--all", action="store_true", help="look at all frames")
    detect.add_argument("--frames", type=frames, metavar="A-B", help="only these scene frames; by default the shot's range")
    detect.add_argument("--together", action="store_true", help="make one object of all people")
    detect.add_argument("--over-classes", action="store_true", help="also add people whom an object made of classes covers already")
    detect.add_argument("--score", type=share, metavar="S", help="how sure the detector must be, 0 to 1; by default what the clip says")
    _save_option(detect)
    depth = commands.add_parser("depth", parents=[clip], help="estimate how far away things are, a picture a frame")
    depth.add_argument("--network", default="", metavar="NAME", help="take this network from now on")
    depth.add_argument("--frames", type=frames, metavar="A-B", help="only these scene frames; by default the shot's range")
    _save_option(depth)


def classed(text: str) -> tuple[str, tuple[str, ...]]:
    """``people=person,dog``."""
    name, equals, said = text.partition("=")
    classes = tuple(one for part in said.split(",") if (one := part.strip()))
    if not equals or not name.strip() or not classes:
        raise argparse.ArgumentTypeError(f"expected OBJECT=CLASS[,CLASS], got '{text}'")
    return name.strip(), classes


def number(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number, 1 or more, got '{text}'")
    return int(text)


def share(text: str) -> float:
    """0 to 1."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got '{text}'")
    return found


def frames(text: str) -> FrameRange:
    """``1001-1040``, or ``1001`` for a single one."""
    first, dash, last = text.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected A-B, two scene frames of 0 or more, got '{text}'")
    found = FrameRange(int(first), int(last) if dash else int(first))
    if found.last < found.first:
        raise argparse.ArgumentTypeError(f"'{text}': the last frame comes before the first")
    return found
