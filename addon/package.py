"""What this package is called and where it lies: `bl_ext.user_default.mattewright` when installed, `mattewright` in a test."""

from __future__ import annotations

from pathlib import Path

NAME = (__package__ or "").rpartition(".")[0]
"""The extension's package, which Blender knows the add-on's preferences by."""

FOLDER = Path(__file__).parent.parent
"""The checkout, or the unpacked zip. Not resolved: a checkout linked into Blender's extensions keeps the path that the user knows."""

ENGINE = FOLDER / "engine"
