"""Chains on the command line: ops added, values set, presets kept; and what is refused, in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import moving_shape
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import interrupt
from engine.cli.chains import keyed_value, save_preset
from engine.jobs import OpenShot, refine_job
from engine.segment.tracker import Prediction
from engine.shot import Parameter, RefineStep, catalogue, presets, read
from engine.store import Store

ROOT = Path(__file__).resolve().parents[2]
FRAMES = 3


def engine(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)


def refused(*words: object) -> str:
    done = engine(*words)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done
    return done.stderr


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving_shape.write_sequence(tmp_path_factory.mktemp("clip"), FRAMES)


@pytest.fixture
def shot(clip: Path, tmp_path: Path) -> Path:
    """A shot with an object 'v1.0' whose logits are there: a disk of radius 40 in a picture of 256."""
    folder = tmp_path / "shot"
    assert engine("new", clip, "--store", folder).returncode == 0
    assert engine("prompt", folder, "--object", "v1.0", "--frame", "1", "--point", "20,20").returncode == 0
    y, x = np.mgrid[0:256, 0:256]
    logits = ((40 - np.hypot(x - 128, y - 128)) / 2).astype(np.float16)
    store = Store(folder)
    store.prepare("v1.0", "logits")
    for frame in range(1, FRAMES + 1):
        store.write_logits("v1.0", frame, Prediction(logits, 0.9), f"key {frame}")
    return folder


def areas(folder: Path) -> list[int]:
    store = Store(folder)
    return [int((store.read_mask("v1.0", frame) > 0).sum()) for frame in range(1, FRAMES + 1)]


def test_values_are_set_and_only_what_they_change_is_made_again(shot: Path) -> None:
    done = engine("refine", shot)
    assert "wrote 3 files" in done.stdout, done
    plain = areas(shot)
    done = engine("refine", shot, "--set", "v1.0.threshold.level=1:0.5,3:0.99")
    assert "wrote 1 file" in done.stdout, done.stdout
    assert areas(shot)[:2] == plain[:2] and areas(shot)[2] < plain[2]
    assert read(shot / "shot.json").object("v1.0").refine[0].values == {"level": {"1": 0.5, "3": 0.99}}


def test_a_chain_is_built_shown_kept_and_used_again(shot: Path, tmp_path: Path) -> None:
    kept = tmp_path / "so wie ich's mag.json"
    done = engine(*("chain", shot, "--object", "v1.0", "--add", "threshold", "--add", "grow", "--set", "grow.pixels=-3", "--save", kept))
    assert done.stdout.splitlines() == ["1. threshold", "2. grow  pixels=-3"], done
    engine("refine", shot)
    small = areas(shot)
    assert engine("chain", shot, "--object", "v1.0", "--clear").returncode == 0
    engine("refine", shot)
    assert areas(shot)[0] > small[0]
    assert engine("chain", shot, "--object", "v1.0", "--preset", kept).returncode == 0
    engine("refine", shot)
    assert areas(shot) == small
    assert engine("chain", shot, "--object", "v1.0", "--remove", "2", "--set", "1.enabled=off").stdout == "1. threshold  (off)\n"


def test_a_job_is_given_up_within_a_frame_on_all_its_threads(shot: Path) -> None:
    store = Store(shot)
    with OpenShot(shot) as opened:
        with interrupt.unless(lambda: True), pytest.raises(interrupt.Interrupted):
            next(refine_job(opened))
        assert not list(store.layout.files("v1.0", "mask"))
        assert len(list(refine_job(opened))) == FRAMES


def test_steps_are_put_in_and_moved(shot: Path) -> None:
    engine("chain", shot, "--object", "v1.0", "--add", "threshold", "--add", "feather")
    done = engine("chain", shot, "--object", "v1.0", "--insert", "2", "grow", "--insert", "1", "denoise", "--set", "grow.pixels=4")
    assert done.stdout.splitlines() == ["1. denoise", "2. threshold", "3. grow  pixels=4", "4. feather"], done
    done = engine("chain", shot, "--object", "v1.0", "--move", "grow", "4", "--move", "1", "2")
    assert done.stdout.splitlines() == ["1. threshold", "2. denoise", "3. feather", "4. grow  pixels=4"], done
    for words in (["--move", "grow", "5"], ["--move", "grow", "0"], ["--insert", "6", "open"], ["--insert", "x", "open"]):
        assert "expected a place from 1 to" in refused("chain", shot, "--object", "v1.0", *words)
    assert "unknown" in refused("chain", shot, "--object", "v1.0", "--insert", "1", "sparkle")


def test_a_preset_says_that_it_has_no_values_by_frame(shot: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    words = ("chain", shot, "--object", "v1.0", "--add", "threshold", "--set", "threshold.level=1:0.4,9:0.6", "--save", kept)
    assert "given the first ones of threshold.level" in engine(*words).stdout
    assert json.loads(kept.read_text(encoding="utf-8"))["steps"][0]["values"] == {"level": 0.4}


def test_an_object_whose_blender_mask_is_gone_is_passed_over_and_the_rest_is_made(shot: Path) -> None:
    engine("prompt", shot, "--object", "asks", "--frame", "1", "--point", "20,20")
    engine("prompt", shot, "--object", "through", "--frame", "1", "--point", "20,20")
    store = Store(shot)
    for name in ("asks", "through"):
        store.prepare(name, "logits")
        store.write_logits(name, 1, store.read_logits("v1.0", 1), "key")
    done = engine("chain", shot, "--object", "asks", "--add", "garbage_matte")
    assert "says nowhere which Blender Mask it means" in done.stdout, done
    engine("chain", shot, "--object", "asks", "--set", "garbage_matte.mask=roto")
    engine("chain", shot, "--object", "through", "--add", "combine_object", "--set", "combine_object.object=asks")
    said = refused("refine", shot)
    assert "'asks': step 2 (garbage_matte) asks for the Blender Mask 'roto', which is not in this shot (its masks: none)" in said
    assert "'through': step 2 (combine_object) asks for 'asks', whose step 2" in said and "3 other files were written" in said
    assert len(list(store.layout.files("v1.0", "mask"))) == 3
    assert "roto" in refused("check", shot)
    assert "nothing was stale" in engine("refine", shot, "--object", "v1.0").stdout


def test_a_document_is_told_of_masks_that_nothing_uses_and_may_not_have_two_of_a_name(shot: Path) -> None:
    document = json.loads((shot / "shot.json").read_text(encoding="utf-8"))
    square = {"points": [[0, 0], [9, 0], [9, 9]]}
    document["masks"] = [{"name": "roto", "frames": {"1": [square]}}]
    (shot / "shot.json").write_text(json.dumps(document), encoding="utf-8")
    assert "Blender Mask 'roto': no step of any chain asks for it" in engine("check", shot).stdout
    document["masks"] *= 2
    (shot / "shot.json").write_text(json.dumps(document), encoding="utf-8")
    assert "masks[1].name: 'roto' is the name of masks[0], too" in refused("check", shot)
    document["masks"] = [{"name": "half \ud800", "frames": {"1": [square]}}]
    (shot / "shot.json").write_text(json.dumps(document), encoding="utf-8")
    assert "masks[0].name: expected text, got half of a character" in refused("check", shot)


def test_chains_that_ask_for_one_another_go_so_deep_and_no_deeper(shot: Path) -> None:
    document = json.loads((shot / "shot.json").read_text(encoding="utf-8"))

    def row(count: int) -> list[dict[str, object]]:
        steps = [[{"op": "combine_object", "values": {"object": f"o{number - 1}"}}] if number else [] for number in range(count)]
        return [{"name": f"o{number}", "refine": refine} for number, refine in enumerate(steps)]

    for count in (32, 33, 400):
        document["objects"] = row(count)
        (shot / "shot.json").write_text(json.dumps(document), encoding="utf-8")
        if count == 32:
            store = Store(shot)
            for number in range(count):
                store.prepare(f"o{number}", "logits")
                store.write_logits(f"o{number}", 1, store.read_logits("v1.0", 1), "key")
            assert "wrote 32 files" in engine("refine", shot).stdout
        else:
            assert "asks for a mask that asks for another's, more than 32 objects in a row: use fewer" in refused("check", shot)


def test_an_object_that_is_not_tracked_yet_does_not_hold_up_the_others(shot: Path) -> None:
    engine("prompt", shot, "--object", "later", "--frame", "1", "--point", "20,20")
    done = engine("refine", shot)
    assert done.returncode == 0 and "wrote 3 files" in done.stdout and "object 'later' is not tracked yet" in done.stdout, done
    assert "object 'later' has no tracked frames in 1 to 3: track first" in refused("refine", shot, "--object", "later")


def test_an_op_on_an_empty_chain_comes_after_the_threshold_that_it_means(shot: Path) -> None:
    engine("refine", shot)
    assert engine("chain", shot, "--object", "v1.0", "--add", "grow").stdout.splitlines() == ["1. threshold", "2. grow"]
    engine("refine", shot)
    assert set(np.unique(Store(shot).read_mask("v1.0", 1))) == {0, 255}


def test_what_is_wrong_is_said_in_one_line_and_changes_nothing(shot: Path, tmp_path: Path) -> None:
    before = (shot / "shot.json").read_bytes()
    assert "expected OBJECT.OP.PARAMETER=VALUE" in refused("refine", shot, "--set", "level=3")
    assert "not in this shot" in refused("refine", shot, "--set", "cat.threshold.level=0.3")
    assert "from 0 to 1" in refused("refine", shot, "--set", "v1.0.threshold.level=3")
    assert "unknown" in refused("chain", shot, "--object", "v1.0", "--add", "sparkle")
    assert "has no 'width'; it has level, softness" in refused("refine", shot, "--set", "v1.0.threshold.width=3")
    assert "threshold.level: expected a number from 0 to 1, got 1.4" in refused("refine", shot, "--set", "v1.0.threshold.level=1.4")
    assert "frame 1 is given twice" in refused("refine", shot, "--set", "v1.0.threshold.level=1:0.2,1:0.5")
    assert "expected OP.PARAMETER=VALUE" in refused("chain", shot, "--object", "v1.0", "--set", "two\nlines")
    assert "add it first" in refused("refine", shot, "--set", "v1.0.grow.pixels=3")
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"kind": "mattewright chain", "name": "x", "steps": [{"op": "sparkle"}]}), encoding="utf-8")
    assert "unknown op 'sparkle'" in refused("chain", shot, "--object", "v1.0", "--preset", broken)
    assert "no such file" in refused("chain", shot, "--object", "v1.0", "--preset", tmp_path / "none.json")
    assert (shot / "shot.json").read_bytes() == before


def test_a_preset_is_of_no_shot_and_can_be_read_back_whatever_its_name(tmp_path: Path) -> None:
    keyed = presets.to_json(presets.Preset("mattewright chain", "x", (RefineStep("threshold", {"level": {"9": 0.8, "10": 0.2}}),)))
    (tmp_path / "keyed.json").write_text(keyed)
    steps = presets.read_preset(tmp_path / "keyed.json", catalogue()).steps
    assert steps == (RefineStep("threshold", {"level": 0.8}),)
    long = tmp_path / f"{'n' * 80}.json"
    save_preset(long, "x", steps)
    assert presets.read_preset(long, catalogue()).name == "n" * 63


def test_presets_that_come_along_are_valid_and_described() -> None:
    found = presets.shipped()
    assert len(found) >= 6
    for path in found.values():
        preset = presets.read_preset(path, catalogue())
        assert preset.steps and preset.description and not preset.description.endswith(".")
        assert presets.to_json(preset) == path.read_text(encoding="utf-8"), "written as Mattewright writes it"
    listed = engine("presets")
    assert listed.returncode == 0 and all(name in listed.stdout for name in found)


@given(st.dictionaries(st.integers(0, 9999), st.floats(0, 1), min_size=1))
def test_values_by_frame_are_read_as_they_are_shown(values: dict[int, float]) -> None:
    level = Parameter("level", "float", 0.5, "", 0.0, 1.0)
    assert keyed_value(level, ",".join(f"{frame}:{value!r}" for frame, value in values.items())) == {str(k): v for k, v in values.items()}


def test_colors_are_three_numbers_or_a_web_colour() -> None:
    ink = Parameter("color", "color", (0.0, 0.0, 0.0), "")
    assert keyed_value(ink, "#ff0000") == (1.0, 0.0, 0.0) == keyed_value(ink, "1,0,0")
    assert keyed_value(ink, "1:0,0,0,5:0.5,0,1") == {"1": (0.0, 0.0, 0.0), "5": (0.5, 0.0, 1.0)}
