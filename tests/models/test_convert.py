"""The converted weights against the original graphs, run by onnxruntime on real pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from weights import npm_package, sam2_tiny  # noqa: F401

from engine.segment import image_model, models
from engine.segment.image_model import SIDE, Embedding, ImageModel, PixelPrompts, load_image_model
from engine.segment.models import build, convert, npm
from engine.shot import MattewrightError

ENCODER_TOLERANCE = 5e-5
"""Of features that reach about 2: float32 sums in another order. Measured 1.2e-5."""
LOGIT_TOLERANCE = 5e-4
"""Of logits that reach 32. Measured 8.6e-5."""
SCORE_TOLERANCE = 1e-5
"""Measured 1.7e-6."""


@dataclass
class Originals:
    encoder: onnxruntime.InferenceSession
    decoder: onnxruntime.InferenceSession
    members: tuple[bytes, bytes]


@pytest.fixture(scope="module")
def originals(npm_package: Path) -> Originals:  # noqa: F811
    source = models.REGISTRY[models.DEFAULT].source
    assert isinstance(source, models.NpmPackage)
    encoder, decoder = npm.read_members(npm_package, [source.encoder, source.decoder])
    return Originals(onnxruntime.InferenceSession(encoder), onnxruntime.InferenceSession(decoder), (encoder, decoder))


@pytest.fixture(scope="module")
def model(sam2_tiny: str) -> ImageModel:  # noqa: F811
    return load_image_model(sam2_tiny, "cpu")


def drawn() -> np.ndarray:
    """A picture that is always there: blobs and stripes on a ramp, with grain, 600x400."""
    generator = np.random.default_rng(7)
    y, x = np.mgrid[0:400, 0:600]
    picture = np.stack([x / 600, y / 400, (x + y) / 1000], -1) * 160 + 20
    cv2.ellipse(picture, (210, 190), (120, 80), 25.0, 0.0, 360.0, (220.0, 60.0, 40.0), -1)
    cv2.circle(picture, (450, 260), 70, (40.0, 200.0, 230.0), -1)
    for offset in range(0, 140, 14):
        cv2.line(picture, (380 + offset, 190), (380 + offset, 330), (20.0, 30.0, 60.0), 3)
    return np.clip(picture + generator.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)


def davis(sequence: str, number: int) -> Callable[[], np.ndarray]:
    def read() -> np.ndarray:
        folder = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "davis" / sequence / "frames"
        if not folder.is_dir():
            pytest.skip(f"no evaluation footage at {folder}")
        picture = cv2.imread(str(sorted(folder.iterdir())[number]))
        return np.ascontiguousarray(picture[..., ::-1])

    return read


PROMPTS = {
    "click": ([(0.35, 0.5)], [1]),
    "two clicks": ([(0.35, 0.5), (0.7, 0.6)], [1, 0]),
    "box": ([(0.2, 0.2), (0.6, 0.8)], [2, 3]),
    "box and clicks": ([(0.2, 0.2), (0.6, 0.8), (0.4, 0.5), (0.05, 0.95)], [2, 3, 1, 0]),
}
PRIORS = ("box and clicks",)
"""The prompts that are tried on an earlier mask, too."""


@pytest.mark.parametrize("read", [drawn, davis("camel", 10), davis("bmx-trees", 40)], ids=["drawn", "camel", "bmx-trees"])
def test_encoder_and_decoder_are_the_originals(
    read: Callable[[], np.ndarray], model: ImageModel, originals: Originals, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = read()
    height, width = picture.shape[:2]
    high0, high1, deep = originals.encoder.run(
        ["high_res_feats_0", "high_res_feats_1", "image_embed"], {"image": image_model.prepare(picture).numpy()}
    )
    ours = model.encode(picture)
    errors = {}
    for name, theirs, tensor in (
        ("high_res_feats_0", high0, ours.high_res_feats[0]),
        ("high_res_feats_1", high1, ours.high_res_feats[1]),
        ("image_embed", deep, ours.image_embed),
    ):
        assert tensor.shape == theirs.shape
        errors[name] = float(np.abs(theirs - tensor.numpy()).max())
    same = Embedding(torch.from_numpy(deep), (torch.from_numpy(high0), torch.from_numpy(high1)), (height, width))
    logits, scores = {}, {}
    prior = np.linspace(-8, 8, 256, dtype=np.float32)[None, :].repeat(256, 0)
    for name, (points, labels) in PROMPTS.items():
        pixels = PixelPrompts(np.array(points, np.float32) * np.array([width, height], np.float32), np.array(labels, np.int32))
        for given in (None, prior) if name in PRIORS else (None,):
            masks, ious = originals.decoder.run(
                ["masks", "iou_predictions"],
                {
                    "image_embed": deep,
                    "high_res_feats_0": high0,
                    "high_res_feats_1": high1,
                    "point_coords": (np.array(points, np.float32) * SIDE - 0.5)[None],
                    "point_labels": np.array(labels, np.float32)[None],
                    "mask_input": np.zeros((1, 1, 256, 256), np.float32) if given is None else given[None, None],
                    "has_mask_input": np.array([given is not None], np.float32),
                },
            )
            decoded = model.decode(same, pixels, given, multimask=True)
            key = name if given is None else f"{name} on a mask"
            logits[key] = float(np.abs(masks[0] - decoded.logits.clip(-32, 32)).max())  # the graph's export clips
            scores[key] = float(np.abs(ious[0] - decoded.scores).max())
    with capsys.disabled():
        print(f"\n  max error: encoder {max(errors.values()):.1e}, logits {max(logits.values()):.1e}, scores {max(scores.values()):.1e}")
    assert max(errors.values()) < ENCODER_TOLERANCE, errors
    assert max(logits.values()) < LOGIT_TOLERANCE, logits
    assert max(scores.values()) < SCORE_TOLERANCE, scores


def test_every_tensor_is_accounted_for(originals: Originals, sam2_tiny: str) -> None:  # noqa: F811
    state = convert.from_graphs(*originals.members)
    network = build.build(models.REGISTRY[sam2_tiny], {name: torch.from_numpy(array.copy()) for name, array in state.items()})
    assert set(state) == set(network.state_dict())
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in state.values())
    installed = models.state_dict(sam2_tiny)
    assert set(installed) == set(state)
    assert all(np.array_equal(installed[name].numpy(), state[name]) for name in state)


def test_a_tensor_too_few_or_too_many_is_refused(sam2_tiny: str) -> None:  # noqa: F811
    state = models.state_dict(sam2_tiny)
    model = models.REGISTRY[sam2_tiny]
    with pytest.raises(MattewrightError, match=r"Missing key.*no_mem_embed"):
        build.build(model, {name: tensor for name, tensor in state.items() if name != "no_mem_embed"})
    with pytest.raises(MattewrightError, match=r"Unexpected key.*memory_encoder"):
        build.build(model, {**state, "memory_encoder.out_proj.weight": torch.zeros(1)})
    with pytest.raises(MattewrightError, match="size mismatch"):
        build.build(model, {**state, "no_mem_embed": torch.zeros(1, 1, 128)})


def test_another_graph_is_refused(originals: Originals) -> None:
    encoder, decoder = originals.members
    with pytest.raises(MattewrightError, match="not a file in ONNX Runtime's format"):
        convert.from_graphs(decoder, decoder)
    import onnx

    graph = onnx.load_model_from_string(decoder)
    del graph.graph.initializer[[tensor.name for tensor in graph.graph.initializer].index("onnx::Mul_1992")]
    with pytest.raises(MattewrightError, match="tensor of a known node is missing"):
        convert.from_graphs(encoder, graph.SerializeToString())
    graph.graph.initializer.append(onnx.numpy_helper.from_array(np.ones(7, np.float32), "extra"))
    with pytest.raises(MattewrightError, match="tensor extra is used by no node"):
        convert.from_graphs(encoder, graph.SerializeToString())


@pytest.mark.parametrize(
    "name",
    ["sam2.1-hiera-tiny", *(pytest.param(f"sam2.1-hiera-{size}", marks=pytest.mark.slow) for size in ("small", "base-plus", "large"))],
)
def test_meta_s_checkpoints_fit_the_package(name: str) -> None:
    """The sizes of the parameters alone nearly make up Meta's files; the networks are built without the package's hydra registry."""
    import torch.nn

    model = models.REGISTRY[name]
    network = build.instantiated(model)
    state = {key: torch.zeros_like(tensor) for key, tensor in network.state_dict().items()}
    built = build.build(model, state)
    assert isinstance(built, torch.nn.Module) and built.memory_attention is not None and built.memory_encoder is not None
    assert model.bytes is not None and 0 < model.bytes - sum(tensor.nbytes for tensor in state.values()) < 300_000
