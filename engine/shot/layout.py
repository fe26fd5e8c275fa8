"""Where a shot's files are: the store, one folder a shot, with numbered sequences by Blender's frame.

    shot.json
    objects/<object>/logits/<object>_####.exr     what the model said, before any threshold
    objects/<object>/mask/<object>_####.png       after the refine chain
    objects/<object>/alpha/<object>_####.png      after matting: 16 bit grey, Non-Color, 65535 is opaque
    objects/<object>/raw/<object>_####.png        the same before it was steadied, where it is
    objects/<object>/foreground/<object>_####.exr the object's own colour: half float R, G, B, scene-linear Rec.709, straight
                                                  (not multiplied by alpha); where alpha is 0 it means nothing
    objects/<object>/prompts/<object>_####.png    what a correction on that frame started from
    objects/<object>/prompts/<object>_####_<mark>.png   what was picked on that frame among its regions
    classes/<network>/<shot>_####.png             labels: 8 bit grey, a pixel's value is the index of its class in the network's card
    outputs/<output>.jsonl                        what the output has written, and from what
    regions/regions_####.png                      everything on that frame as numbered regions: a label image
    regions/regions_####_colours.png              the same for eyes, over the frame
    regions/regions_####.json                     the same as a list
    depth/<network>/depth_####.exr                1 / distance, half float: 0 is far, 1 is near
    people/<network>/people_####.json             who was found on that frame, by a search that may be cut off

The add-on and the engine both find files by this module alone. Names are valid on Windows, macOS and Linux, whatever the user typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

DOCUMENT_NAME = "shot.json"
STORE_SUFFIX = ".mattewright"

Stage = Literal["logits", "mask", "alpha", "raw", "foreground"]
EXTENSIONS: dict[Stage, str] = {"logits": ".exr", "mask": ".png", "alpha": ".png", "raw": ".png", "foreground": ".exr"}
RegionsFile = Literal["labels", "colours", "list"]
REGIONS_ENDINGS: dict[RegionsFile, str] = {"labels": ".png", "colours": "_colours.png", "list": ".json"}

LONGEST_NAME = 100
"""Bytes: Linux takes 255 a name, and Windows 260 letters a path in which the name stands twice."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*#%\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE)


def folder_name(name: str) -> str:
    """`name` as a file name that Windows, macOS and Linux all take; letters of every script stay (in NFC).

    Two names may come out alike; the shot document refuses such a pair.
    """
    text = unicodedata.normalize("NFC", name)
    text = "".join("_" if unicodedata.category(letter) in ("Cs", "Cc") else letter for letter in text)
    text = _FORBIDDEN.sub("_", text).encode("utf-8")[:LONGEST_NAME].decode("utf-8", "ignore").strip().rstrip(". ")
    if not text or text.strip(".") == "":
        return "_"
    return f"_{text}" if _RESERVED.fullmatch(text) or text.startswith(".") else text  # which Linux and macOS hide


def frame_digits(frame: int) -> str:
    """A frame number as it stands in a file name: at least four digits."""
    if frame < 0:
        raise ValueError(f"frame {frame}: files are numbered from 0")
    return f"{frame:04d}"


@dataclass(frozen=True)
class Layout:
    """The paths of one shot's store."""

    root: Path

    @property
    def document(self) -> Path:
        return self.root / DOCUMENT_NAME

    def folder(self, object_name: str, stage: Stage) -> Path:
        return self.root / "objects" / folder_name(object_name) / stage

    def file(self, object_name: str, stage: Stage, frame: int) -> Path:
        return self.folder(object_name, stage) / f"{folder_name(object_name)}_{frame_digits(frame)}{EXTENSIONS[stage]}"

    def prompt_mask(self, object_name: str, frame: int) -> Path:
        """The mask that a correction on `frame` starts from."""
        name = folder_name(object_name)
        return self.root / "objects" / name / "prompts" / f"{name}_{frame_digits(frame)}.png"

    def picked_mask(self, object_name: str, frame: int, mark: str) -> Path:
        """A mask prompt that was picked on `frame`. `mark` tells it from others: a Blender that undoes a pick finds the one before it."""
        name = folder_name(object_name)
        return self.root / "objects" / name / "prompts" / f"{name}_{frame_digits(frame)}_{mark}.png"

    def outlines(self, object_name: str) -> Path:
        """What was traced of the object's mattes (`outlines`)."""
        name = folder_name(object_name)
        return self.root / "objects" / name / f"{name}_outlines.jsonl"

    def labels(self, network: str, shot_name: str, frame: int) -> Path:
        """The classes of a frame's pixels, as the network called `network` parts them."""
        return self.root / "classes" / folder_name(network) / f"{folder_name(shot_name)}_{frame_digits(frame)}.png"

    def manifest(self, output_name: str) -> Path:
        """What an output has written."""
        return self.root / "outputs" / f"{folder_name(output_name)}.jsonl"

    def export_lock(self, output_name: str) -> Path:
        """Held while an output is exported."""
        return self.manifest(output_name).with_suffix(".lock")

    def regions(self, frame: int, file: RegionsFile) -> Path:
        return self.root / "regions" / f"regions_{frame_digits(frame)}{REGIONS_ENDINGS[file]}"

    def depth(self, network: str, frame: int) -> Path:
        return self.root / "depth" / folder_name(network) / f"depth_{frame_digits(frame)}.exr"

    def people(self, network: str, frame: int) -> Path:
        return self.root / "people" / folder_name(network) / f"people_{frame_digits(frame)}.json"

    def files(self, object_name: str, stage: Stage) -> Iterator[tuple[int, Path]]:
        """(frame, path) of each file that is there, by frame number."""
        folder = self.folder(object_name, stage)
        pattern = re.compile(re.escape(folder_name(object_name)) + r"_(\d{4,7})" + re.escape(EXTENSIONS[stage]))
        found = []
        if folder.is_dir():
            for path in folder.iterdir():
                match = pattern.fullmatch(unicodedata.normalize("NFC", path.name))
                if match and frame_digits(int(match[1])) == match[1]:
                    found.append((int(match[1]), path))
        yield from sorted(found)


def document_path(shot: Path) -> Path:
    """The document of `shot`, which may be the file itself or the store's folder."""
    return shot / DOCUMENT_NAME if shot.is_dir() else shot
