"""The package as Blender's extension: valid, and it registers both as a linked checkout and out of the zip."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import bpy
import mattewright
import pytest
from addon_fixtures import ROOT, link_checkout


def blender_ext() -> list[str]:
    return [sys.executable, str(Path(bpy.utils.system_resource("SCRIPTS")) / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py")]


def run(command: list[str], **environment: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, encoding="utf-8", errors="replace")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


USE = """
import sys, bpy
package = "bl_ext.user_default.mattewright"
module = sys.modules[package]
from bl_ext.user_default.mattewright.addon import command, package as names, preferences, properties
from bl_ext.user_default.mattewright.addon.install import places
from bl_ext.user_default.mattewright.addon.link import find_python
assert names.NAME == package, names.NAME
assert bpy.context.preferences.addons[package].preferences is not None
bpy.context.preferences.addons[package].preferences.engine_python = sys.executable
assert preferences.engine_python() == sys.executable
assert str(find_python()) == sys.executable
assert names.ENGINE.joinpath("__main__.py").is_file()
assert places.environment().name == "engine-env" and "user_default" in str(places.environment())
assert hasattr(bpy.types.MovieClip, "mattewright")
for _ in range(2):
    bpy.ops.preferences.addon_disable(module=package)
    assert not hasattr(bpy.types.MovieClip, "mattewright")
    bpy.ops.preferences.addon_enable(module=package)
    assert hasattr(bpy.types.MovieClip, "mattewright")
assert command.main(["status"]) == 1
bpy.ops.preferences.addon_disable(module=package)
assert "torch" not in sys.modules
print("registered")
"""


def test_registering_again_and_again() -> None:
    for _ in range(2):
        mattewright.unregister()
        assert not hasattr(bpy.types.MovieClip, "mattewright")
        assert not hasattr(bpy.types, "MATTEWRIGHT_PT_engine")
        mattewright.register()
    assert hasattr(bpy.types.MovieClip, "mattewright")
    assert hasattr(bpy.types, "MATTEWRIGHT_PT_engine")


def test_a_part_that_fails_takes_the_others_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from mattewright.addon import registration, ui

    mattewright.unregister()
    with monkeypatch.context() as patched:
        patched.setattr(ui, "register", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            registration.register()
    assert not hasattr(bpy.types.MovieClip, "mattewright")
    mattewright.register()


def test_importing_costs_nothing() -> None:
    program = "import sys, addon; heavy = {'bpy', 'torch', 'numpy', 'engine'} & set(sys.modules); assert not heavy, heavy"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_a_linked_checkout_registers(tmp_path: Path) -> None:
    link_checkout(tmp_path / "user ä" / "extensions" / "user_default" / "mattewright")
    enable = "import bpy\nbpy.ops.preferences.addon_enable(module='bl_ext.user_default.mattewright')\n"
    assert "registered" in run([sys.executable, "-c", enable + USE], BLENDER_USER_RESOURCES=str(tmp_path / "user ä"))


def test_the_zip_is_valid_and_registers(tmp_path: Path) -> None:
    path = tmp_path / "mattewright.zip"
    run([*blender_ext(), "build", "--source-dir", str(ROOT), "--output-filepath", str(path)])
    run([*blender_ext(), "validate", str(path)])
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert "addon/__init__.py" in names and "engine/shot/__init__.py" in names
    assert not [name for name in names if name.startswith(("tests", "build", "scripts")) or "__pycache__" in name]
    install = f"import bpy\nbpy.ops.extensions.package_install_files(filepath={str(path)!r}, repo='user_default', enable_on_install=True)\n"
    assert "registered" in run([sys.executable, "-c", install + USE], BLENDER_USER_RESOURCES=str(tmp_path / "user"))
