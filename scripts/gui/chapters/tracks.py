"""Motion tracks as prompts: a track of Blender's own, attached to an object and detached again."""

from __future__ import annotations

import bpy

from ..driver import MODEL, Steps, check, until
from ..play import Play
from .shot import AT, FRAMES, ON


def attach(play: Play) -> Steps:
    stage = play.stage
    yield from until(lambda: play.stale() == (), "nothing is stale before", MODEL)
    width, height = stage.clip.size
    track = stage.clip.tracking.tracks.new(name="beak", frame=1)
    for frame in range(1, FRAMES + 1):
        track.markers.insert_frame(frame, co=(ON[0] / width, 1.0 - ON[1] / height))
    for other in stage.clip.tracking.tracks:
        other.select = other == track
    yield from stage.drawn()
    stage.call("mattewright.tracks_attach")
    attached = [(one.name, one.positive) for one in stage.shot().objects[0].tracks]
    check(attached == [("beak", True)], f"attached are {attached}")
    document = stage.addon("document").shot_of(stage.clip)
    guides = document.objects[0].tracks
    check(len(guides) == 1 and len(guides[0].frames) == FRAMES, "it is not in the shot's document on every frame")
    x, y = guides[0].frames[str(AT)]
    check(abs(x - ON[0]) < 0.01 and abs(y - ON[1]) < 0.01, f"on frame {AT} it is at {x}, {y}")
    yield from until(lambda: play.stale() not in ((), None), "frames are stale", MODEL)


def detach(play: Play) -> Steps:
    stage = play.stage
    bpy.ops.ed.undo_push(message="Attached")
    stage.call("mattewright.track_detach")
    check(not len(stage.shot().objects[0].tracks), "it is still attached")
    check("beak" in stage.clip.tracking.tracks, "Blender's track is gone, too")
    yield from until(lambda: play.stale() == (), "nothing is stale any more", MODEL)


STEPS = (
    ("a motion track is attached: a point of the object on each of its frames", attach),
    ("and detached: all is as it was", detach),
)
