"""Which build of torch suits which machine, and where it comes from."""

from __future__ import annotations

import pytest

from addon.install import machine
from addon.install.builds import BUILDS, torch_requirement
from addon.install.steps import LABELS, WEIGHTS
from engine.segment import models


@pytest.mark.parametrize(
    ("listed", "build"),
    [
        ("NVIDIA GeForce RTX 4090, 580.65.06, 8.9", "cuda130"),
        ("NVIDIA GeForce RTX 4090, 591.44, 8.9\n", "cuda130"),
        ("NVIDIA GeForce RTX 3080, 551.23, 8.6", "cuda126"),
        ("NVIDIA GeForce GTX 1080, 581.15, 6.1", "cuda126"),
        ("NVIDIA RTX A6000, 580.65.06, 8.6\nTesla P100, 580.65.06, 6.0", "cuda126"),
        ("NVIDIA GeForce GTX 1080, 470.82, 6.1", "cpu"),
        ("GeForce GTX 680, 525.10, 3.0", "cpu"),
        ("NVIDIA GeForce RTX 3080, 560.94, [N/A]", "cuda126"),
    ],
)
def test_the_cuda_build_that_the_driver_and_the_gpu_take(listed: str, build: str) -> None:
    found = machine.choose_cuda(listed)
    assert found is not None and found[0] == build
    assert listed.split(",")[0] in found[1] or "P100" in found[1]


def test_a_driver_that_says_nothing_useful() -> None:
    assert machine.choose_cuda("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.") is None
    assert "update it to 525" in (machine.choose_cuda("GTX 1080, 470.82, 6.1") or ("", ""))[1]


def test_every_build_has_its_publishers_index_and_its_own_version() -> None:
    text = "# first\ntorch==2.13.0\n"
    for build in BUILDS.values():
        assert build.index == "" or build.index.startswith("https://download.pytorch.org/whl/")
        assert build.needed > 1e9
    assert torch_requirement(text, BUILDS["cuda130"]) == "torch==2.13.0+cu130"
    assert BUILDS["cuda130"].index == "https://download.pytorch.org/whl/cu130"
    assert torch_requirement(text, BUILDS["pip"]) == "torch==2.13.0"
    assert BUILDS["pip"].index == BUILDS["mac"].index == ""


@pytest.mark.parametrize(
    ("system", "builds"),
    [("linux-x86_64", {"cuda130", "cuda126", "rocm72", "cpu", "pip"}), ("macos-arm64", {"mac", "pip"}), ("windows-arm64", {"cpu", "pip"})],
)
def test_each_system_has_builds(system: str, builds: set[str]) -> None:
    assert {build.name for build in BUILDS.values() if system in build.systems} == builds


def test_this_machine_has_one() -> None:
    found = machine.detect()
    assert found.system == machine.system()
    assert found.build in BUILDS and found.system in BUILDS[found.build].systems and found.found


def test_every_step_has_a_name_and_a_weight() -> None:
    assert list(LABELS) == list(WEIGHTS)


def test_the_models_are_the_engines() -> None:
    from pathlib import Path

    text = (Path(__file__).resolve().parents[2] / "addon" / "preferences.py").read_text("utf-8")
    for name, model in models.REGISTRY.items():
        assert f'"{name}"' in text
        assert model.bytes is None or name == models.DEFAULT or f"{model.bytes / 1e6:.0f} MB" in text
