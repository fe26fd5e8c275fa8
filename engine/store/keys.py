"""The key of a frame's file: a digest of everything that it was made from, and so whether it is stale."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ..shot import Point, Prompts
from ..shot.fields import dump

LOGITS_VERSION = "logits 1"
MASK_VERSION = "mask 2"
ALPHA_VERSION = "alpha 1"
STEADY_VERSION = "steady 1"
FOREGROUND_VERSION = "foreground 1"


def digest(*parts: Any) -> str:
    """A SHA-256, in hexadecimal, of `parts` (what JSON can hold), each told apart from its neighbours."""
    text = json.dumps(parts, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def start_key(model: str, tracker: str, picture: str, prompts: Prompts, mask_file: str | None) -> str:
    """A prompted frame's logits: the model's checksum, the tracker's version, the picture's identity, the prompts, the mask's digest.

    The frame's number and the mask's path are left out: neither changes what comes out.
    """
    said = {name: value for name, value in dump(prompts).items() if name not in ("frame", "mask")}
    return digest(LOGITS_VERSION, model, tracker, picture, said, mask_file)


def step_key(before: str, picture: str | None, anchors: tuple[str, ...], points: tuple[Point, ...] = ()) -> str:
    """A tracked frame's logits: the key of the frame before it, its own picture, the prompted frames that it is tracked from, and the
    points that guide it."""
    return digest(LOGITS_VERSION, before, picture, anchors, *([dump(points)] if points else []))


def locked_key(recorded: str, unlocked: str) -> str:
    """What a locked frame, whose file has the key `recorded`, hands on to the frames after it: whatever is in its file.

    That is nothing new where its file has the key that it would have `unlocked`: to lock what is fresh makes no other frame stale.
    """
    return recorded if recorded == unlocked else digest(LOGITS_VERSION, "locked", recorded)


Rivals = tuple[list[str], list[str]]
"""The keys of the logits that a mask yields to: those of the objects before it in the document, and of those after it."""


def mask_part(
    logits: str,
    chain: list[Any],
    picture: str | None,
    rivals: Rivals | None,
    masks: dict[str, str | None],
    shapes: dict[str, Any],
    depth: tuple[str | None] | None = None,
) -> list[Any]:
    """What one frame gives to a mask: the logits' key, the ops with their values there, and what these ask for.

    `picture` is its identity if an op reads it; `masks` the keys of the other objects' masks that ops ask for, `shapes` the outlines of the
    Blender Masks. `rivals` counts only if there are any: a mask that yields to nobody is the one that stands alone.
    `depth`, if an op measures it, is the key of the depth picture, or None where there is none.
    """
    yielding = [*map(sorted, rivals)] if rivals and any(rivals) else None
    return [logits, chain, picture, yielding, masks, shapes, *([depth] if depth else [])]


def mask_key(size: tuple[int, int], depth: int, parts: dict[int, list[Any]]) -> str:
    """A mask: the picture's size, the bits of a pixel, and the parts (`mask_part`) of its own frame and, by how far off they are, of the
    others that its ops look at."""
    return digest(MASK_VERSION, size, depth, sorted(parts.items()))


def alpha_key(
    size: tuple[int, int],
    method: str,
    band: tuple[float, float, float],
    mask: str,
    picture: str,
    features: str | None,
    before: tuple[str | None] | None,
) -> str:
    """An alpha: the picture's size, the method's version, the unknown band's settings, the key of the mask as one sees it, and the
    picture's identity.

    `features`: what made the picture's features, if the method takes any. `before`: if it goes by what came before, the `seen_key` of that,
    or None where it begins.
    """
    return digest(ALPHA_VERSION, size, method, band, mask, picture, features, before)


def seen_key(before: str | None, picture: str) -> str:
    """What a method that goes by what came before has seen: the same of the frame before, and the picture's identity."""
    return digest(ALPHA_VERSION, "seen", before, picture)


def steadied_key(version: str, amount: float, near: dict[int, tuple[str, str]]) -> str:
    """An alpha that is held by those of the frames around it: their keys and their pictures' identities, by how far off they are."""
    return digest(STEADY_VERSION, version, amount, sorted(near.items()))


def finished_alpha(recorded: str) -> str:
    """What a locked frame hands on to those around it: whatever is in its file."""
    return digest(ALPHA_VERSION, "locked", recorded)


def foreground_key(alpha: str, picture: str, version: str, despill: tuple[str, float] | None) -> str:
    """The object's own colour: the alpha's key, the picture's identity, how it is found, the screen and how much of that goes."""
    return digest(FOREGROUND_VERSION, alpha, picture, version, despill)
