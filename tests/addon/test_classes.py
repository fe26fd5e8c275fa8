"""Classes in Blender: the list, objects that are made of them, prompts and garbage mattes; with the real network, to the mattes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from addon_fixtures import load_clip, make_sequence, random_masks, read_picture, save, write_png
from drawn_panels import drawn, in_editor
from mattewright.addon import classes, command, compositor, document, frames, jobs, labels, networks, paths, properties, store
from mattewright.addon.compositor.render import KeyedFrames
from mattewright.addon.frames.watch import says
from mattewright.addon.install.request import News
from mattewright.addon.install.session import installer
from mattewright.addon.link import Job, session
from mattewright.addon.ui import classes_panel, engine_panel, overlay_classes
from mattewright.addon.ui.next_step import next_step
from mattewright.engine.shot import FrameRange, MattewrightError
from mattewright.engine.shot.messages import FramesDone, JobDone, ObjectFrames, SeedDone, Seeded
from mattewright.engine.shot.networks import NetworksDone
from network_kit import TOLD, davis, real


@pytest.fixture
def clip(tmp_path: Path) -> Iterator[bpy.types.MovieClip]:
    """A clip of ten frames from 11 on, in a Movie Clip Editor that is the context; the networks are known."""
    save(tmp_path / "Szene ü.blend")
    loaded = load_clip(make_sequence(tmp_path / "plate", 1, 10).first, 11)
    networks.known.learn(TOLD)
    with in_editor(loaded):
        yield loaded
    networks.known.forget()


def refused(call, says: str, **values) -> None:
    with pytest.raises(RuntimeError, match=says):
        call(**values)


def test_the_networks_classes_are_listed_and_saved(clip, tmp_path: Path) -> None:
    said = properties.of(clip).classes
    assert [(item.label, item.name) for item in said.known] == [(1, "sky"), (2, "person")]
    said.known["person"].chosen, said.steady, said.edges = True, 0.35, "picture"
    classes.add_object(clip, ["sky"])
    name = clip.name
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    clip = bpy.data.movieclips[name]
    said = properties.of(clip).classes
    assert properties.chosen_classes(said) == ("person",) and said.edges == "picture"
    shot = document.shot_of(clip)
    assert (shot.classes.network, shot.classes.steady, shot.classes.edges) == ("deeplab", 0.35, "picture")
    assert shot.objects[0].classes == ("sky",) and not shot.objects[0].prompts
    bpy.ops.mattewright.network_choose(clip=name, task="classes", network="mine")
    assert [(item.label, item.name) for item in said.known] == [(0, "left"), (1, "right")], "this one has no background"
    assert document.shot_of(clip).classes.network == "mine"


def test_the_panel_offers_the_next_thing(clip, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = drawn()
    assert {"sky", "person", "mattewright.classify", "mattewright.class_object_add", "mattewright.people_detect"} <= set(shown)
    assert "Network 'yolox_tiny_people' is not" in " ".join(shown) and "mattewright.model_install" in shown
    refused(bpy.ops.mattewright.people_detect, "'yolox_tiny_people' is not installed: install it first")
    refused(bpy.ops.mattewright.class_garbage_matte, "no object yet")
    work = SimpleNamespace(request=SimpleNamespace(model="yolox_tiny_people", kind="model"), news=News("step", "Model: 3 of 20 MB", 0.15))
    work.ended, work.cancelling, work.waits_for_engine = None, False, False
    monkeypatch.setattr(installer, "work", work)
    assert drawn().count("mattewright.engine_install_cancel") == 2, "above, and where it was begun"
    assert not networks.known.due
    monkeypatch.setattr(installer, "work", None)
    networks.known.forget()
    monkeypatch.setattr(networks.known, "problem", "the engine is not installed")
    assert "The engine is not installed" in drawn()
    networks.known.learn(NetworksDone((), ("mine.json: name: missing",)))
    assert "Mine.json: name: missing" in drawn()
    networks.known.learn(TOLD)
    properties.of(clip).depth.network = "gone"
    assert "There is no network 'gone': choose" in " ".join(drawn())


def test_shares_and_the_overlay_are_of_the_frames_labels(clip) -> None:
    picture = np.zeros((48, 64), np.uint8)
    picture[:12], picture[20:30, 10:20] = 1, 2
    write_png(store.layout(clip).labels("deeplab", clip.name, 12), picture)
    scene = bpy.context.scene
    scene.frame_current = 12
    drawn()
    labels._read.wait()
    drawn()
    labels._labelled.wait()
    shown = drawn()
    assert "25%" in shown and "3.3%" in shown and "1 of 10 frames have labels" in shown
    sky, person = overlay_classes.layers_of(clip, scene)
    assert sky.box == (0, 0, 64, 13) and person.box == (9, 19, 21, 31) and person.pixels.sum() == 100 * 255
    known = properties.of(clip).classes.known
    assert classes_panel.filtered(known, "Per", {2: 0.03}, 1 << 30) == ([0, 1 << 30], [1, 0]), "who is there is the first of the list"
    assert classes_panel.filtered(known, "", {}, 1 << 30)[1] == [0, 1]
    scene.frame_current = 13
    assert overlay_classes.layers_of(clip, scene) == ()


def test_objects_are_made_of_classes(clip) -> None:
    shot, call = properties.of(clip), bpy.ops.mattewright
    call.class_object_add(classes="person")
    call.class_object_add(classes="person, sky")
    call.class_object_add(classes="person")
    assert [item.name for item in shot.objects] == ["person", "person + sky", "person 2"]
    assert [tuple(one.name for one in item.classes) for item in shot.objects] == [("person",), ("person", "sky"), ("person",)]
    assert tuple(shot.objects[0].color) == pytest.approx((0.75, 0.1, 0.1))
    refused(call.class_object_add, "class 'boat': network 'deeplab' has none such; its classes: sky, person", classes="boat")
    shown = " ".join(drawn())
    assert "Made of the classes: person" in shown and "mattewright.object_untie" in shown
    refused(call.prompt_point_add, "made of classes, and not tracked", object="person", frame=12, x=5, y=5)
    assert "It is made of classes, and needs" in " ".join(drawn())
    call.object_untie(object="person")
    call.prompt_point_add(object="person", frame=12, x=5, y=5)
    assert not properties.is_of_classes(shot.objects[0]) and properties.is_of_classes(shot.objects[1])


def test_a_class_is_a_garbage_matte(clip) -> None:
    shot = properties.of(clip)
    properties.add_object(shot, "dog")
    bpy.ops.mattewright.class_garbage_matte(classes="person", keep="inside")
    bpy.ops.mattewright.class_garbage_matte(classes="person", keep="outside")
    assert [item.name for item in shot.objects] == ["dog", "person"] and shot.active_index == 0
    steps = document.shot_of(clip).objects[0].refine
    assert [step.op for step in steps] == ["threshold", "combine_object", "combine_object"]
    assert steps[1].values == {"object": "person", "combine": "intersect"} and steps[2].values == {"object": "person"}
    refused(bpy.ops.mattewright.class_garbage_matte, "made of person itself", classes="person", object="person")


def test_tracking_passes_them_over(clip, monkeypatch: pytest.MonkeyPatch) -> None:
    shot, asked = properties.of(clip), []

    def answer(method, params, name, on_progress=None):
        asked.append((method, params.objects))
        return JobDone(1, 0)

    monkeypatch.setattr(session, "run", answer)
    classes.add_object(clip, ["person"])
    refused(bpy.ops.mattewright.track_span, "which are not tracked: Classify makes", span="BOTH")
    with pytest.raises(MattewrightError, match="classify makes their masks"):
        jobs.run("track", clip)
    assert not next_step(engine_panel.facts_of(clip)).operator, "what there is isn't known yet"
    frames.states.learn(clip.name_full, says(clip, 1), FramesDone(11, 20, ()))
    step = next_step(engine_panel.facts_of(clip))
    assert (step.operator, step.text) == ("mattewright.classify", "Make the masks of person")
    bpy.ops.mattewright.classify(span="BOTH")
    dog = properties.add_object(shot, "dog")
    properties.add_refine(dog, "garbage_matte", mask="gone")
    jobs.run("classify", clip)
    with pytest.raises(MattewrightError, match="'gone'"):
        jobs.run("track", clip)
    dog.refine.clear()
    properties.prompts_for(dog, 12)
    jobs.run("track", clip)
    jobs.run("depth", clip)
    assert asked == [("classify", ()), ("classify", ("person",)), ("track", ()), ("depth", ())]
    whole = ((11, 20),)
    made = (ObjectFrames("person", whole, whole, whole), ObjectFrames("dog", whole, (), whole))
    frames.states.learn(clip.name_full, says(clip, 1), FramesDone(11, 20, made))
    assert next_step(engine_panel.facts_of(clip)).operator == "mattewright.run", "track would pass over what is stale"


def test_classes_become_prompts_in_one_step(clip, monkeypatch: pytest.MonkeyPatch) -> None:
    shot = properties.of(clip)
    classes.add_object(clip, ["sky"])
    asked = []

    def answer(method, params, name, on_progress=None):
        asked.append((method, params.object, params.classes, params.every, params.first, params.last))
        masks = tuple(Seeded(frame, f"objects/person/prompts/person_{frame:04d}_0.png", 5) for frame in (11, 15))
        return SeedDone(params.object, masks)

    monkeypatch.setattr(session, "run", answer)
    bpy.ops.mattewright.class_prompts(classes="person", every=4)
    assert asked == [("prompt_classes", "person", ("person",), 4, 11, 20)]
    item = shot.objects["person"]
    assert [said.frame for said in item.prompts] == [11, 15] and item.prompts[0].mask.startswith("//")
    refused(bpy.ops.mattewright.class_prompts, "made of classes and not tracked", classes="person", object="sky")


def test_nodes_and_keying_take_them_as_any_object(clip) -> None:
    classes.add_object(clip, ["person"])
    masks = random_masks(clip, "person", range(11, 21))
    bpy.ops.mattewright.build_nodes(clip=clip.name, keying=True)
    assert all(found.complete for found in store.coverage(clip, document.shot_of(clip)))
    bpy.ops.mattewright.output_add(clip=clip.name, format="png")
    frames.states.learn(clip.name_full, says(clip, 1), FramesDone(11, 20, (ObjectFrames("person", masked=((11, 13),)),)))
    assert "'person': 7 frames have no mask: classify first" in " ".join(drawn())
    bpy.ops.mattewright.output_add(clip=clip.name, format="class_png")
    drawn()
    labels._labelled.wait()
    assert "10 frames have no labels: classify first" in " ".join(drawn())
    output = KeyedFrames(str(store.folder(clip) / "keyed_####.png"), "PNG", "8")
    ((_, path),) = compositor.render_keyed(clip, FrameRange(12, 12), output)
    np.testing.assert_array_equal(np.round(read_picture(Path(path))[..., 3] * 255).astype(np.uint8), masks[12])


@real("deeplab")
def test_the_real_network_makes_an_objects_masks(data: Path, tmp_path: Path) -> None:
    clip = davis(data, "tennis", tmp_path, 1)
    bpy.ops.mattewright.class_object_add(clip=clip.name, classes="person")
    assert bpy.ops.mattewright.classify(clip=clip.name, span="BOTH") == {"FINISHED"}
    mask = mask_of(clip, "person")
    assert iou(mask, truth(data)) > 0.6
    person = labels.Reader().read(labels.file(clip, 1)).shares[15]
    assert abs(person - mask.mean()) < 0.03, "the labels and the matte say the same"


@pytest.mark.slow
@real("deeplab")
def test_what_is_made_of_classes_goes_the_way_of_all_objects(data: Path, tmp_path: Path, capfd) -> None:
    """One engine for the whole way, for its start takes seconds."""
    clip = davis(data, "tennis", tmp_path, 2)
    shot, call = properties.of(clip), bpy.ops.mattewright
    networks.fetch()
    assert {item.name for item in networks.known.of("classes")} >= {"deeplab", "selfie"} and networks.known.find("deeplab").installed
    call.class_object_add(clip=clip.name, classes="person")
    call.classify(clip=clip.name, span="BOTH")
    mask = mask_of(clip, "person")
    assert labels.frames_beside(labels.file(clip, 0)) == {1, 2}
    assert "nothing was stale" in jobs.summary("classify", jobs.run("classify", clip))

    properties.add_refine(shot.objects["person"], "threshold")
    properties.add_refine(shot.objects["person"], "grow", pixels=3)
    call.refine(clip=clip.name)
    grown = mask_of(clip, "person")
    assert grown.sum() > mask.sum() and not (mask & ~grown).any()
    frames.fetch(clip)
    found = frames.of_object(clip, "person")
    assert found is not None and found.masked == ((1, 2),) and not found.stale
    shot.objects["person"].matte.enabled, shot.objects["person"].matte.method = True, "guided"
    call.run(clip=clip.name)
    assert len(list(store.layout(clip).files("person", "alpha"))) == 2

    call.class_prompts(clip=clip.name, classes="person", object="player", every=2)
    (said,) = shot.objects["player"].prompts
    assert said.frame == 1 and iou(read_picture(paths.absolute(said.mask, clip))[..., 0] > 0.5, truth(data)) > 0.6
    call.class_garbage_matte(clip=clip.name, classes="chair", object="person", keep="outside")
    call.classify(clip=clip.name, span="BOTH")
    assert iou(mask_of(clip, "person"), grown) > 0.9, "he is no chair"

    for kind in ("class_png", "class_video"):
        call.output_add(clip=clip.name, format=kind)
    call.export(clip=clip.name)
    assert {path.suffix for path in (tmp_path / "exports").rglob("*.*")} == {".png", ".mp4"}

    assert command.main(["classify", "--list"]) == 0 and "* deeplab: DeepLab" in capfd.readouterr().out
    assert command.main(["classify", "--add", "seats=chair", "--save", str(tmp_path / "more.blend")]) == 0
    assert "classify: " in capfd.readouterr().out
    assert command.main(["classify", "--add", "x=unicorn"]) == 1
    assert "class 'unicorn': network 'deeplab' has none such" in capfd.readouterr().err
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "more.blend"))
    assert [item.name for item in properties.of(bpy.data.movieclips[0]).objects] == ["person", "player", "chair", "seats"]


def truth(data: Path) -> np.ndarray:
    """The player, and his racket."""
    return read_picture(sorted((data / "davis" / "tennis" / "masks").iterdir())[0])[..., :3].max(axis=-1) > 0.1


def mask_of(clip, name: str) -> np.ndarray:
    return read_picture(store.layout(clip).file(name, "mask", 1))[..., 0] > 0.5


def iou(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_a_job_of_classes_shows_its_progress(clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "job", Job("classify", clip.name))
    shown = drawn()
    assert "classify: starting" in shown and shown.count("mattewright.cancel") >= 2
    refused(bpy.ops.mattewright.classify, "'classify' is still running")
