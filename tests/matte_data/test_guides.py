"""Guides: prompts out of the truth, what is written, the screening, and a person's word on it."""

from __future__ import annotations

import numpy as np
import own_networks
import pytest
import torch
from matte_data import guides, layouts, screening
from safetensors.numpy import load_file

from engine.detect.detector import Detector
from engine.networks import find_card
from engine.segment.image_model import Embedding
from engine.segment.tracker import Prediction


def ball(x, size=(90, 160)):
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    return np.clip((24 - np.hypot(columns - x, rows - 45)) / 4 + 0.5, 0, 1).astype(np.float32)


def as_logits(mask):
    import cv2

    return (cv2.resize(mask.astype(np.float32), (256, 256)) * 20 - 10).astype(np.float16)


class Clicked:
    """Stands for the model: sees the disk of each click that is on it; the first answer is half of the object."""

    name, side = "stand-in", 1024

    def __init__(self, alphas):
        self.alphas, self.asked = list(alphas), []

    def encode(self, picture):
        shapes = (256, 64, 64), (32, 256, 256), (64, 128, 128)
        deep, high, middle = (torch.full((1, *shape), float(picture.mean()) / 255) for shape in shapes)
        return Embedding(deep, (high, middle), picture.shape[:2])

    def segment(self, embedding, prompts, mask=None):
        self.asked.append(prompts)
        found = self.alphas[prompts.frame] > 0.5
        if len(prompts.points) < 4:
            found = found & (np.arange(found.shape[1]) < 60 + 5 * len(prompts.points))
        return Prediction(as_logits(found), 0.9)


def make_clip(folder, count=3):
    alphas = [ball(60 + 6 * number) for number in range(count)]
    for number, alpha in enumerate(alphas, 1):
        layouts.write_alpha(folder / "alpha" / f"{number:04d}.png", alpha)
        layouts.write_colour(folder / "frames" / f"{number:04d}.png", np.rint(alpha[..., None].repeat(3, -1) * 200).astype(np.uint8))
    layouts.write_json(folder / "manifest.json", {"frames": count})
    return alphas


def test_first_prompts_are_on_the_object_or_around_it():
    truth = ball(70) > 0.5
    kinds = set()
    for seed in range(40):
        prompts = guides.first_prompts(np.random.default_rng(seed), truth, 0)
        for point in prompts.points:
            assert point.positive and truth[int(point.y), int(point.x)]
        if prompts.box is not None:
            assert abs(prompts.box.left - 46) < 8 and abs(prompts.box.bottom - 69) < 8
        kinds.add((len(prompts.points), prompts.box is not None))
    assert kinds == {(0, True), (1, False), (2, False), (3, False)}


def test_a_correction_says_what_is_missing_and_what_is_too_much():
    truth = ball(70) > 0.5
    missing = guides.correction(truth & (np.arange(160) < 70), truth)
    assert missing.positive and missing.x > 70
    too_much = guides.correction(truth | (np.arange(160) > 120), truth)
    assert not too_much.positive and too_much.x > 120


def test_guides_are_written_as_the_network_takes_them_and_not_made_twice(tmp_path):
    clip = tmp_path / "clip"
    model = Clicked(make_clip(clip))
    settings = guides.Settings("all")
    assert not guides.is_made(clip, "stand-in", settings)
    guides.make_guides(clip, model, settings)
    tensors = load_file(clip / "guide" / "0002.safetensors")
    shapes = {name: (value.shape, value.dtype) for name, value in tensors.items()}
    assert shapes == {
        "logits": ((256, 256), np.float16),
        "image_embed": ((256, 64, 64), np.float16),
        "high": ((32, 256, 256), np.float16),
        "middle": ((64, 128, 128), np.float16),
    }
    said = layouts.read_json(clip / "guide" / "guide.json")
    assert [row["frame"] for row in said["frames"]] == ["0001", "0002", "0003"] and said["verdict"] == "kept"
    assert all(row["iou"] > 0.95 and row["clicks"] >= 4 for row in said["frames"]), "clicks were added until the mask was good"
    assert guides.is_made(clip, "stand-in", settings) and not guides.is_made(clip, "stand-in", guides.Settings("first"))
    before = {path: path.read_bytes() for path in (clip / "guide").iterdir()}
    guides.make_guides(clip, Clicked(model.alphas), settings)
    assert before == {path: path.read_bytes() for path in (clip / "guide").iterdir()}


def test_people_who_are_found_prompt_without_a_word_of_the_truth(tmp_path, monkeypatch):
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "models"))
    times = 416 / 160
    rows = np.array([[36, 21, 84, 69, 0.9], [100, 10, 120, 60, 0.2]], np.float32) * np.array([times] * 4 + [1], np.float32)
    detector = Detector(find_card(own_networks.always(tmp_path / "models", rows)))
    clip, settings = tmp_path / "clip", guides.Settings("all", prompts="people")
    model = Clicked(make_clip(clip))
    guides.make_guides(clip, model, settings, detector)
    assert all(not prompts.points and prompts.box is not None for prompts in model.asked) and len(model.asked) == 3
    box = model.asked[0].box
    assert 30 < box.left < 36 and 84 < box.right < 90, "with some room, and only whoever is sure enough"
    said = layouts.read_json(clip / "guide" / "guide.json")
    assert said["prompts"] == "people" and [row["clicks"] for row in said["frames"]] == [1, 1, 1]
    assert guides.is_made(clip, "stand-in", settings) and not guides.is_made(clip, "stand-in", guides.Settings("all"))
    nobody = Detector(find_card(own_networks.always(tmp_path / "models", rows * np.array([1, 1, 1, 1, 0.1], np.float32), "nobody")))
    prediction, count = guides.people(nobody, model, model.encode(np.zeros((90, 160, 3), np.uint8)), np.zeros((90, 160, 3), np.uint8), 0)
    assert count == 0 and prediction.score == 0 and (prediction.logits < 0).all()


def test_in_the_mode_first_the_other_frames_are_tracked(tmp_path, monkeypatch):
    clip = tmp_path / "clip"
    model = Clicked(make_clip(clip))

    class Still:
        def recall(self, anchors, history):
            return [*anchors, *([history[-1].frame] if history else [])]

        def step(self, frame, embedding, memory, points=()):
            return memory[-1].prediction

    monkeypatch.setattr(guides, "make_tracker", lambda name, model: Still())
    guides.make_guides(clip, model, guides.Settings("first"))
    said = layouts.read_json(clip / "guide" / "guide.json")
    assert {prompts.frame for prompts in model.asked} == {0}
    assert [row["clicks"] > 0 for row in said["frames"]] == [True, False, False]
    assert said["frames"][2]["iou"] < said["frames"][0]["iou"]
    assert np.array_equal(*(load_file(clip / "guide" / f"000{number}.safetensors")["logits"] for number in (1, 3)))


def row(iou=0.95, score=0.9, area=0.2, truth=0.2):
    return {"frame": "0001", "iou": iou, "score": score, "area": area, "truth": truth, "clicks": 1}


@pytest.mark.parametrize(
    ("rows", "verdict", "reason"),
    [
        ([row(), row()], "kept", ""),
        ([row(), row(iou=0.4)], "struck", "IoU 0.40"),
        ([row(score=0.1)], "struck", "score 0.10"),
        ([row(area=0.2), row(area=0.4)], "struck", "jumps"),
        ([row(area=0.2, truth=0.2), row(area=0.4, truth=0.4)], "kept", ""),
    ],
)
def test_screening(rows, verdict, reason):
    said = screening.judged(rows)
    assert said["verdict"] == verdict and reason in said["reason"]


def test_a_persons_word_is_respected_and_taken_back(tmp_path):
    clips = []
    for name in ("good", "bad"):
        make_clip(tmp_path / name)
        guides.make_guides(tmp_path / name, Clicked([ball(60 + 6 * number) for number in range(3)]), guides.Settings("all"))
        clips.append(tmp_path / name)
    said = layouts.read_json(clips[1] / "guide" / "guide.json")
    said["frames"][1]["iou"] = 0.2
    layouts.write_json(clips[1] / "guide" / "guide.json", said)
    screening.start_by_hand(tmp_path)
    assert screening.judge_all(tmp_path, clips) == (1, 1)
    (tmp_path / "struck.txt").write_text("# my own\ngood  # a hand is missing\n+bad\n", "utf-8")
    screening.start_by_hand(tmp_path)
    assert screening.judge_all(tmp_path, clips) == (1, 1)
    verdicts = [layouts.read_json(clip / "guide" / "guide.json") for clip in clips]
    assert [(said["verdict"], said["by"]) for said in verdicts] == [("struck", "hand"), ("kept", "hand")]
    (tmp_path / "struck.txt").write_text("", "utf-8")
    assert screening.judge_all(tmp_path, clips) == (1, 1)
    assert layouts.read_json(clips[0] / "guide" / "guide.json")["by"] == "measure"
    (tmp_path / "struck.txt").write_text("god\n", "utf-8")
    with pytest.raises(layouts.LayoutError, match="there is no clip god"):
        screening.judge_all(tmp_path, clips)
    screening.review(tmp_path / "review.png", clips, 2)
    assert layouts.read_colour(tmp_path / "review.png").shape == (160, 512, 3)


def test_sets_take_turns(tmp_path):
    clips = [tmp_path / name for name in ("drawn_1", "drawn_2", "drawn_3", "rendered_1")]
    ordered = guides.in_turn(clips)
    assert sorted(ordered) == clips and clips[3] in ordered[:2], "each set has one among the first two"
