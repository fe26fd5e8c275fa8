"""A Blender of its own (the module bpy) for these tests, with the checkout in it as the package `mattewright`.

One process runs them in one Blender: ``build/bpy-4.2/bin/python -m pytest tests/addon``.
Elsewhere there is no bpy, and nothing is collected.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HAS_BLENDER = importlib.util.find_spec("bpy") is not None
collect_ignore_glob = [] if HAS_BLENDER else ["*"]

if HAS_BLENDER:
    # Before bpy is imported for the first time, or it would write into the user's own configuration.
    SCRATCH = Path(tempfile.mkdtemp(prefix="mattewright-"))
    atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
    os.environ["BLENDER_USER_RESOURCES"] = str(SCRATCH / "blender")
    sys.path.insert(0, str(HERE))

    from addon_fixtures import link_checkout

    link_checkout(SCRATCH / "package" / "mattewright")
    sys.path.insert(0, str(SCRATCH / "package"))

    import bpy
    import mattewright

    @pytest.fixture(scope="session", autouse=True)
    def registered() -> Iterator[None]:
        mattewright.register()
        yield
        # What is still registered when Blender ends crashes 4.2 and hangs 4.5.
        mattewright.unregister()
        assert "torch" not in sys.modules

    @pytest.fixture(autouse=True)
    def empty_file() -> Iterator[None]:
        """Each test begins in an unsaved file with one empty scene, and leaves no engine running."""
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        yield
        from mattewright.addon.link import session

        session.stop()
