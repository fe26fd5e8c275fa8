"""How masks are shown over the clip: every view and comparison, looked at where the chapter `shot` has left the file."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import masks
from ..driver import MODEL, SOON, Steps, check, until
from ..play import Play
from .shot import AT, FRAMES

INSIDE, OUTSIDE = (330.0, 180.0), (100.0, 60.0)
"""Pixels of the clip that are the bird, away from all marks, and that are not."""


def plain(play: Play) -> Steps:
    """As it is without any of it: what the others are held against."""
    stage = play.stage
    yield from play.open_shot()
    stage.scene.frame_current = AT
    _overlay(play).show = False
    stage.addon("preview").settings.current().show = False
    yield from stage.drawn()
    stage.noted["plain"] = play.eyes.screen()
    _overlay(play).show = True
    yield from _painted(play, AT)


def other_frame(play: Play) -> Steps:
    """Masks come out of the store, without Live Mask."""
    stage = play.stage
    for frame in (2, FRAMES):
        stage.scene.frame_current = frame
        yield from _painted(play, frame)
    stage.scene.frame_current = AT
    yield from _painted(play, AT)


def outline(play: Play) -> Steps:
    yield from _view(play, "OUTLINE")
    inside, edge = _colors(play, INSIDE), play.eyes.color(*_edge(play))
    check(np.abs(inside - _plain(play, INSIDE)).max() < 6, f"the inside is painted: {inside.tolist()}")
    check(edge[0] - edge[2] > 60, f"there is no line at the edge: {edge.tolist()}")


def matte(play: Play) -> Steps:
    yield from _view(play, "MATTE")
    inside, outside = _colors(play, INSIDE), _colors(play, OUTSIDE)
    check(inside.min() > 245, f"the inside is {inside.tolist()}")
    check(outside.max() < 10, f"the outside is {outside.tolist()}")


def cutout(play: Play) -> Steps:
    yield from _view(play, "CUTOUT")
    inside = _colors(play, INSIDE)
    check(np.abs(inside - _plain(play, INSIDE)).max() < 6, f"the inside is {inside.tolist()} and was {_plain(play, INSIDE).tolist()}")
    shown = play.eyes.screen()
    seen = {tuple(play.eyes.color(OUTSIDE[0] + step, OUTSIDE[1], on=shown).tolist()) for step in range(0, 40, 2)}
    check(len(seen) >= 2 and all(max(color) - min(color) < 6 for color in seen), f"the outside is no checkerboard: {sorted(seen)}")
    play.eyes.show("cutout")


def hidden(play: Play) -> Steps:
    stage = play.stage
    yield from _view(play, "OVERLAY")
    stage.shot().objects[0].visible = False
    yield from stage.drawn()  # a script's change of it has nothing drawn anew, other than the user's
    yield from until(lambda: _like_plain(play), "a hidden object is not painted")
    stage.shot().objects[0].visible = True
    yield from stage.drawn()
    yield from _painted(play, AT)


def compared(play: Play) -> Steps:
    """The mask was grown: between its edge as tracked and as refined lies what only the refined one paints."""
    stage = play.stage
    stage.addon("preview").settings.current().show = True
    yield from stage.answered(MODEL)
    between = _between(play)
    for choice, paints in (("AFTER", True), ("BEFORE", False), ("AFTER", True)):
        _overlay(play).compare = choice
        yield from _until_painted(play, between, paints, f"{choice}: between the two edges")
    _overlay(play).compare, _overlay(play).wipe = "WIPE", 1.0
    yield from _until_painted(play, between, False, "to the left of the line it is as tracked")
    _overlay(play).wipe = 0.0
    yield from _until_painted(play, between, True, "to its right it is refined")
    _overlay(play).wipe = 0.5
    yield from stage.drawn()
    _overlay(play).compare = "AFTER"


def zoomed(play: Play) -> Steps:
    """The edge is where it belongs, zoomed and panned."""
    stage = play.stage
    x, y = _edge(play)
    at = stage.on_screen(x, y)
    for _ in range(4):
        yield from play.hand.event("WHEELUPMOUSE", "PRESS", at)
    yield from stage.drawn()
    yield from _at_the_edge(play)
    stage.call("clip.view_all", fit_view=True)
    yield from stage.drawn()


def _at_the_edge(play: Play) -> Steps:
    """What is inside of the mask is painted, and what is outside is not."""
    yield None
    x, y = _edge(play)
    for step, inside in ((6.0, True), (-6.0, False)):
        color = play.eyes.color(x + step, y)
        check((color[0] - color[2] > 45) == inside, f"{abs(step):g} pixels {'in' if inside else 'out'}side of the edge: {color.tolist()}")


def _overlay(play: Play) -> Any:
    return play.stage.addon("preview.overlay_settings").of(play.stage.scene)


def _view(play: Play, name: str) -> Steps:
    _overlay(play).view = name
    yield from play.stage.drawn()
    yield from play.stage.drawn()


def _colors(play: Play, at: tuple[float, float]) -> Any:
    return play.eyes.color(*at)


def _plain(play: Play, at: tuple[float, float]) -> Any:
    return play.eyes.color(*at, on=play.stage.noted["plain"])


def _like_plain(play: Play) -> bool:
    return bool(np.abs(_colors(play, INSIDE) - _plain(play, INSIDE)).max() < 6)


def _painted(play: Play, frame: int) -> Steps:
    """Until the middle of the frame's mask is painted in the object's orange, and the wall is not."""
    mask = masks.read(play.stage.store_files()[frame]) > 127
    rows, columns = np.nonzero(mask)
    row = int(np.median(rows))
    middle = float(np.median(columns[rows == row])), float(row)
    yield from _until_painted(play, middle, True, f"the mask of frame {frame}")
    if frame == AT:
        outside, was = _colors(play, OUTSIDE), _plain(play, OUTSIDE)
        check(np.abs(outside - was).max() < 6, f"the wall is painted: {was.tolist()} became {outside.tolist()}")


def _until_painted(play: Play, at: tuple[float, float], paints: bool, what: str) -> Steps:
    """By how much more red than blue there is than without the overlay; the frame's own colours are near grey there."""

    def holds() -> bool:
        color = _colors(play, at)
        return bool((color[0] - color[2] > 45) == paints)

    yield from until(holds, f"{what}: {'painted' if paints else 'not painted'}", SOON)


def _edge(play: Play) -> tuple[float, float]:
    """A pixel on the mask's left edge, in the row of `INSIDE`."""
    mask = masks.read(play.stage.store_files()[AT]) > 127
    row = int(INSIDE[1])
    return float(np.flatnonzero(mask[row])[0]), float(row)


def _between(play: Play) -> tuple[float, float]:
    """A pixel that the chain's growing has added, half way out."""
    x, y = _edge(play)
    return x + 6.0, y


STEPS = (
    ("masks lie over the clip in their objects' colours", plain),
    ("and on other frames, from the store", other_frame),
    ("outline alone", outline),
    ("matte: white on black", matte),
    ("cut-out on a checkerboard", cutout),
    ("a hidden object is not shown", hidden),
    ("as tracked, refined, and both beside a line", compared),
    ("zoomed, the edge is where it belongs", zoomed),
)
