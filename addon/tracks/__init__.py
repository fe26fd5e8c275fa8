"""Motion tracks as prompts: a track that is attached to an object is a point on every frame on which its marker is enabled.

Nothing is copied: the points are read from Blender's tracking data whenever a document is written, so that they move when the track is
corrected, and are gone when it is detached. A marker's place is a share of the clip's picture as it was filmed, lens distortion and all,
from its bottom left corner, whatever the proxy; its frame counts from 1 where the clip starts in the scene, whatever the clip's offset.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np

from ...engine.shot import Footage, MattewrightError, MotionTrack
from .. import properties

DECIMALS = 3
"""A thousandth of a pixel, as clicks have."""


def find(clip: bpy.types.MovieClip, attached: properties.AttachedTrack) -> bpy.types.MovieTrackingTrack | None:
    """The track that is meant; None where there is none any more."""
    of = _objects(clip).get(attached.tracking_object)
    found: bpy.types.MovieTrackingTrack | None = of.tracks.get(attached.name) if of is not None else None
    return found


def of_object(clip: bpy.types.MovieClip, item: properties.MatteObject, footage: Footage) -> tuple[MotionTrack, ...]:
    """The attached tracks, as the document has them. Those that are gone are left out: `refused` says whose work that stops."""
    found = []
    for attached in item.tracks:
        track = find(clip, attached)
        places = points(clip, track, footage) if track is not None else {}
        if places:
            frames = {str(frame): place for frame, place in places.items()}
            found.append(MotionTrack(f"{attached.tracking_object}/{attached.name}", frames, attached.positive))
    return tuple(found)


def points(clip: bpy.types.MovieClip, track: bpy.types.MovieTrackingTrack, footage: Footage) -> dict[int, tuple[float, float]]:
    """By scene frame, where the track is, in pixels from the picture's top left corner: on the frames of the clip where it is enabled.

    Between two enabled markers it stays where the first is, as Blender shows it; before the first and after the last there is none.
    """
    frames, places, enabled = _markers(track)
    found: dict[int, tuple[float, float]] = {}
    for number, frame in enumerate(frames.tolist()):
        if not enabled[number]:
            continue
        goes_on = number + 1 < len(frames) and enabled[number + 1]
        x, y = places[number, 0] * footage.width, (1.0 - places[number, 1]) * footage.height
        if not (0.0 <= x <= footage.width and 0.0 <= y <= footage.height):
            continue
        place = round(float(x), DECIMALS), round(float(y), DECIMALS)
        for at in range(frame, int(frames[number + 1]) if goes_on else frame + 1):
            shown = at + clip.frame_start - 1
            if shown >= 0 and footage.has_frame(shown):
                found[shown] = place
    return found


def place_at(clip: bpy.types.MovieClip, track: bpy.types.MovieTrackingTrack, frame: int) -> tuple[float, float] | None:
    """Where the track is at scene frame `frame`, as shares of the picture from its top left; None where it is no point (`points`)."""
    frames, places, enabled = _markers(track)
    at = frame - clip.frame_start + 1
    number = int(np.searchsorted(frames, at, side="right")) - 1
    if number < 0 or not enabled[number]:
        return None
    goes_on = number + 1 < len(frames) and enabled[number + 1]
    x, y = float(places[number, 0]), 1.0 - float(places[number, 1])
    return (x, y) if (goes_on or frames[number] == at) and 0.0 <= x <= 1.0 and 0.0 <= y <= 1.0 else None


def refused(clip: bpy.types.MovieClip) -> dict[str, str]:
    """The objects that a track is attached to which the clip hasn't any more, each with the reason in one line."""
    found: dict[str, str] = {}
    for item in properties.of(clip).objects:
        for attached in item.tracks:
            if find(clip, attached) is None:
                found.setdefault(
                    item.name,
                    f"motion track '{attached.name}' of '{attached.tracking_object}', which is attached to '{item.name}', is gone:"
                    " detach it under Motion Tracks, or give the track its name again",
                )
    return found


def says(clip: bpy.types.MovieClip, item: properties.MatteObject) -> object:
    """Another value whenever the object's points may be others; some microseconds for each track."""
    found = []
    for attached in item.tracks:
        track = find(clip, attached)
        state = tuple(array.tobytes() for array in _markers(track)) if track is not None else None
        found.append((attached.tracking_object, attached.name, attached.positive, hash(state)))
    return tuple(found)


def selected(clip: bpy.types.MovieClip) -> Iterator[tuple[str, str]]:
    """The tracking object's and the track's name of each track that is selected in the active tracking object."""
    active = _objects(clip).active
    if active is not None:
        yield from ((active.name, track.name) for track in active.tracks if track.select)


def attach(item: properties.MatteObject, tracking_object: str, name: str, *, positive: bool) -> None:
    """Attach a track, or say anew what it is on."""
    known = next((one for one in item.tracks if (one.tracking_object, one.name) == (tracking_object, name)), None)
    made = known or item.tracks.add()
    made.tracking_object, made.name, made.positive = tracking_object, name, positive


def names(clip: bpy.types.MovieClip) -> list[tuple[str, list[str]]]:
    """The tracking objects' names, each with its tracks', in Blender's order."""
    return [(one.name, [track.name for track in one.tracks]) for one in _objects(clip)]


def named(clip: bpy.types.MovieClip, tracking_object: str, name: str) -> tuple[str, str]:
    """The names of the tracking object, the active one if `tracking_object` is empty, and its track. Raises MattewrightError."""
    objects = _objects(clip)
    of = objects.get(tracking_object) if tracking_object else objects.active
    if of is None:
        known = ", ".join(f"'{one.name}'" for one in objects)
        raise MattewrightError(f"clip '{clip.name}': no tracking object '{tracking_object}'; there are {known}")
    if of.tracks.get(name) is None:
        known = ", ".join(f"'{one.name}'" for one in of.tracks) or "none"
        raise MattewrightError(f"clip '{clip.name}': no motion track '{name}' of '{of.name}'; its tracks: {known}")
    return of.name, name


def _objects(clip: bpy.types.MovieClip) -> Any:
    """The clip's tracking objects, the camera among them; some stubs say that there may be no tracking data."""
    tracking: Any = clip.tracking
    return tracking.objects


def _markers(track: bpy.types.MovieTrackingTrack) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each marker, by frame: the clip's frame, the place (n, 2) with the track's offset, and whether it is enabled."""
    count = len(track.markers)
    frames, places, muted = np.empty(count, np.int32), np.empty(2 * count, np.float32), np.empty(count, np.bool_)
    track.markers.foreach_get("frame", frames)
    track.markers.foreach_get("co", places)
    track.markers.foreach_get("mute", muted)
    offset: Any = track.offset  # some stubs say that it has no items
    return frames, places.reshape(-1, 2) + np.array(offset[:], np.float32), ~muted
