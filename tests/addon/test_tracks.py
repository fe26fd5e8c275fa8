"""Motion tracks attached to objects: the points that reach the document, on which frames, and what becomes of them."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from addon_fixtures import engine_python, load_clip, make_sequence, save, write_png
from drawn_panels import in_editor
from mattewright.addon import document, frames, jobs, properties, tracks
from mattewright.addon.tool import prompt_drawing
from mattewright.addon.tool.marks import under
from mattewright.addon.ui.placement import Placement
from mattewright.engine.shot import MattewrightError, Point

WIDTH, HEIGHT = 64, 48


@pytest.fixture
def clip(tmp_path: Path):
    sequence = make_sequence(tmp_path / "Platten é", 1001, 12, (WIDTH, HEIGHT))
    clip = load_clip(sequence.first, frame_start=101, frame_offset=3)
    save(tmp_path / "scene.blend")
    bpy.ops.mattewright.object_add(clip=clip.name, name="dog")
    return clip


def new_track(clip, name: str, places: dict[int, tuple[float, float]], of: str = ""):
    """A track with markers at pixels from the top left corner, by scene frame."""
    owner = clip.tracking.objects[of] if of else clip.tracking.objects.active
    track = owner.tracks.new(name=name, frame=next(iter(places)) - clip.frame_start + 1)
    for frame, (x, y) in places.items():
        track.markers.insert_frame(frame - clip.frame_start + 1, co=(x / WIDTH, 1 - y / HEIGHT))
    return track


def tracked(clip) -> dict[int, tuple[float, float]]:
    (track,) = document.shot_of(clip).object("dog").tracks
    return {int(frame): place for frame, place in track.frames.items()}


def test_enabled_markers_are_points_at_their_place_and_frame(clip) -> None:
    track = new_track(clip, "ear", {101: (10, 20), 102: (11, 22.5), 105: (40, 30)})
    # Held where Blender shows it between 102 and 105; nothing before the first marker or after the last.
    assert bpy.ops.mattewright.tracks_attach(clip=clip.name, track="ear") == {"FINISHED"}
    found = tracked(clip)
    assert list(found) == [101, 102, 103, 104, 105]
    assert found[101] == pytest.approx((10, 20), abs=2e-3)
    assert found[104] == found[102] == pytest.approx((11, 22.5), abs=2e-3)
    shown = track.markers.find_frame(104 - clip.frame_start + 1, exact=False)
    assert tuple(shown.co) == pytest.approx((11 / WIDTH, 1 - 22.5 / HEIGHT)), "Blender itself shows it there"
    # A disabled marker ends it, and what is outside of the picture is no point.
    track.markers.find_frame(2).mute = True
    track.markers.insert_frame(6, co=(-0.5, 0.5))
    assert list(tracked(clip)) == [101, 105]
    # The point that Blender attaches things to is off the pattern by the track's offset.
    track.offset = (0.125, 0.0)
    assert tracked(clip)[101] == pytest.approx((18, 20), abs=2e-3)
    # The clip moves in the scene, and the track with it; the offset of its pictures moves none.
    clip.frame_start, clip.frame_offset = 201, 0
    assert list(tracked(clip)) == [201, 205]


def test_a_corrected_track_moves_its_points_and_a_detached_one_takes_them_along(clip) -> None:
    track = new_track(clip, "ear", {101: (10, 20), 102: (11, 20)})
    new_track(clip, "wall", {101: (50, 40)})
    for each in clip.tracking.tracks:
        each.select = each.name == "wall"
    bpy.ops.mattewright.tracks_attach(clip=clip.name, track="ear")
    bpy.ops.mattewright.tracks_attach(clip=clip.name, positive=False)  # those that are selected
    item = document.shot_of(clip).object("dog")
    assert item.track_points(101) == (Point(10.0, 20.0), Point(50.0, 40.0, False))
    assert [prompts.frame for prompts in item.prompted] == [101], "with nothing else said, it begins where the tracks say most"
    said = frames.watch.says(clip, 101)
    track.markers.find_frame(1).co = (0.5, 0.5)
    assert frames.watch.says(clip, 101) != said, "the strip asks anew what is stale"
    assert document.shot_of(clip).object("dog").track_points(101)[0] == Point(32.0, 24.0)
    # A prompt by hand gets the points of its frame; a mask says all by itself.
    bpy.ops.mattewright.prompt_point_add(clip=clip.name, frame=101, x=5, y=6)
    (prompts,) = document.shot_of(clip).object("dog").prompted
    assert prompts.points == (Point(5.0, 6.0), Point(32.0, 24.0), Point(50.0, 40.0, False))
    bpy.ops.mattewright.track_detach(clip=clip.name, index=0)
    assert document.shot_of(clip).object("dog").track_points(101) == (Point(50.0, 40.0, False),)
    assert "ear" in clip.tracking.tracks, "the track itself stays"
    bpy.ops.mattewright.track_detach(clip=clip.name)
    assert document.shot_of(clip).object("dog").tracks == ()


def test_tracks_of_other_tracking_objects_and_what_is_not_there(clip, tmp_path: Path) -> None:
    clip.tracking.objects.new("prop é")
    new_track(clip, "ear", {101: (10, 20)}, of="prop é")
    bpy.ops.mattewright.tracks_attach(clip=clip.name, tracking_object="prop é", track="ear")
    assert document.shot_of(clip).object("dog").tracks[0].name == "prop é/ear"
    for values, says in (
        ({"track": "nose", "tracking_object": "prop é"}, "no motion track 'nose' of 'prop é'; its tracks: 'ear'"),
        ({"track": "ear", "tracking_object": "nothing"}, "no tracking object 'nothing'"),
        ({}, "no motion track is selected"),
    ):
        clip.tracking.objects["prop é"].tracks["ear"].select = False
        with pytest.raises(RuntimeError, match=says):
            bpy.ops.mattewright.tracks_attach(clip=clip.name, **values)
    # It survives the .blend; gone, its object waits until that is mended, the others don't.
    save(tmp_path / "scene.blend")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    clip = bpy.data.movieclips[0]
    assert document.shot_of(clip).object("dog").tracks[0].frames == {"101": (10.0, 20.0)}
    clip.tracking.objects["prop é"].tracks["ear"].select = True
    _delete_selected_tracks(clip, "prop é")
    with pytest.raises(MattewrightError, match=r"motion track 'ear' of 'prop é'.* is gone: detach it"):
        jobs.run("plan", clip, ["dog"])
    assert tracks.find(clip, properties.of(clip).objects["dog"].tracks[0]) is None


def test_an_attached_track_is_seen_where_its_point_is_and_is_not_taken_hold_of(clip) -> None:
    track = new_track(clip, "ear", {102: (10, 20), 103: (11, 22.5), 106: (40, 30), 108: (41, 30), 109: (80, 30)})
    bpy.ops.mattewright.tracks_attach(clip=clip.name, track="ear", positive=False)
    track.markers.find_frame(108 - clip.frame_start + 1).mute = True
    points = tracked(clip)
    place = Placement(100.0, 50.0, 640.0, 480.0)
    for frame in range(99, 114):
        marks = prompt_drawing.marks_of(clip, frame, place)
        assert [mark.kind for mark in marks] == ["TRACK"] * (frame in points), frame
        for mark in marks:
            x, y = points[frame]
            assert mark.places[0] == pytest.approx(place.point(x / WIDTH, y / HEIGHT), abs=0.02) and not mark.positive
            assert under(marks, mark.places[0]) is None, "X takes away what was clicked, not a track"
            assert all(len(triangles) and len(triangles) % 3 == 0 for triangles, _ in prompt_drawing.shapes_of(mark, 1.0))


def test_renamed_tracks_and_tracking_objects_go_on_being_meant(clip) -> None:
    ear, nose = new_track(clip, "ear", {101: (10, 20)}), new_track(clip, "nose", {101: (12, 20)})
    car = clip.tracking.objects.new("car")
    wheel = new_track(clip, "wheel", {101: (30, 20)}, "car")
    for of, name in (("Camera", "ear"), ("Camera", "nose"), ("car", "wheel")):
        bpy.ops.mattewright.tracks_attach(clip=clip.name, tracking_object=of, track=name)

    def attached() -> list[tuple[str, str]]:
        return [(one.tracking_object, one.name) for one in properties.of(clip).objects["dog"].tracks]

    before = document.shot_of(clip).object("dog").track_points(101)
    ear.name, car.name, wheel.name = "left ear", "van", "left wheel"
    new_track(clip, "tail", {101: (1, 1)})
    assert document.shot_of(clip).object("dog").track_points(101) == before
    assert attached() == [("Camera", "left ear"), ("Camera", "nose"), ("van", "left wheel")] and not tracks.refused(clip)
    clip.name = "another"
    ear.name, nose.name = "nose", "ear"  # Blender makes names unique on the way
    assert document.shot_of(clip).object("dog").track_points(101) == before
    # One that is gone is not taken for another that was renamed.
    names = [track.name for track in clip.tracking.tracks]
    for track in clip.tracking.tracks:
        track.select = track.name == names[0]
    _delete_selected_tracks(clip)
    clip.tracking.tracks[names[1]].name = "muzzle"
    document.shot_of(clip)
    assert set(tracks.refused(clip)) == {"dog"}


def _delete_selected_tracks(clip, of: str = "Camera") -> None:
    clip.tracking.objects.active = clip.tracking.objects[of]
    with in_editor(clip):
        assert bpy.ops.clip.delete_track(confirm=False) == {"FINISHED"}


@pytest.mark.slow
@pytest.mark.skipif(not engine_python().is_file(), reason="no engine environment: scripts/test makes it")
def test_what_a_track_guides_becomes_stale_when_it_is_corrected(tmp_path: Path) -> None:
    import numpy as np

    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    for frame in range(1, 4):
        inside = (columns - 20 - 4 * frame) ** 2 + (rows - 24) ** 2 < 100
        write_png(tmp_path / f"ball_{frame:04d}.png", np.where(inside[..., None], [230, 60, 40], [40, 90, 60]).astype(np.uint8))
    clip = load_clip(tmp_path / "ball_0001.png")
    save(tmp_path / "ball.blend")
    bpy.ops.mattewright.object_add(clip=clip.name, name="ball")
    track = new_track(clip, "middle", {frame: (20 + 4 * frame, 24) for frame in (1, 2, 3)})
    bpy.ops.mattewright.tracks_attach(clip=clip.name, track="middle")
    done = jobs.run("run", clip)
    assert done.written == 6, "a track alone says where the object is"
    assert jobs.run("plan", clip).stale == 0
    track.markers.find_frame(3).co = (0.45, 0.5)
    assert jobs.run("plan", clip).stale == 2, "the corrected frame, and no earlier one"
    bpy.ops.mattewright.prompt_point_add(clip=clip.name, frame=1, x=24, y=24)
    bpy.ops.mattewright.track_detach(clip=clip.name)
    assert jobs.run("plan", clip).stale == 4, "the first frame says what it said before"
