"""The Python environments of the project, made on demand below `build/`: one for the engine, one for each Blender that is tested.

Standard library only: this runs under whatever Python 3.11 a fresh machine has. An environment is made anew when the list of what
belongs in it changes, and left alone otherwise.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
BPY_VERSIONS = {"4.2": "4.2.23", "4.5": "4.5.15", "5.0": "5.0.1"}
STUB_VERSIONS = {"4.2": "20260730", "4.5": "20260730", "5.0": "20260730", "5.2": "20260730"}
MODELS = BUILD / "models"


def python_of(name: str) -> Path:
    """The interpreter of environment `name`: ``engine-env`` or ``bpy-4.2``; it may not be there yet."""
    folder = BUILD / name
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def engine_environment() -> Path:
    """The interpreter that has what the engine needs, and the tools that check it."""
    torch, libraries, sam2 = ("engine/requirements-torch.txt", "engine/requirements.txt", "engine/requirements-sam2.txt")
    tools = "scripts/requirements-tools.txt"
    return _made(
        "engine-env",
        [
            ["-r", torch],
            ["-r", libraries, "-r", tools],
            ["--no-deps", "--no-build-isolation", "-r", sam2],
        ],
        [ROOT / name for name in (torch, libraries, sam2, tools)],
    )


def elsewhere(program: str, arguments: Sequence[str]) -> int | None:
    """The exit status of `program`, run with the interpreter that has the engine; None where this is that one, and finds the engine."""
    python = engine_environment()
    if Path(sys.prefix).resolve() != python.parent.parent.resolve():
        return subprocess.run([str(python), program, *arguments]).returncode
    sys.path.append(str(ROOT))
    return None


BPY_LIBRARIES = ("libx11-6", "libxrender1", "libxxf86vm1", "libxfixes3", "libxi6", "libxkbcommon0", "libsm6", "libgl1", "libgomp1")
"""Debian's names of the system libraries that bpy is linked with."""


def bpy_environment(blender: str) -> Path:
    """The interpreter with Blender `blender` (``4.2``) as the module bpy."""
    python = _made(f"bpy-{blender}", [[f"bpy=={BPY_VERSIONS[blender]}", "pytest>=8,<10"]], [])
    if not _imports_bpy(python):
        _install_bpy_libraries(python)
    return python


def _imports_bpy(python: Path) -> str:
    """Blender's version, or nothing when bpy can't be imported there. Its own settings folder, not the user's."""
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(BUILD / "blender-user")}
    command = [str(python), "-c", "import bpy; print(bpy.app.version_string)"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, encoding="utf-8", errors="replace")
    return done.stdout.strip() if done.returncode == 0 else ""


def _install_bpy_libraries(python: Path) -> None:
    names = " ".join(BPY_LIBRARIES)
    apt, root = shutil.which("apt-get"), getattr(os, "geteuid", lambda: 1)() == 0
    if not (apt and root):
        raise SystemExit(f"{python}: bpy can't be imported; on Debian and Ubuntu: sudo apt-get install {names}")
    print(f"  apt-get install {names}", flush=True)
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *BPY_LIBRARIES]):
        subprocess.run([apt, *arguments], check=True, stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    if not _imports_bpy(python):
        raise SystemExit(f"{python}: bpy can't be imported even so; run: {python} -c 'import bpy'")


def blender_stubs(blender: str) -> Path:
    """An interpreter that has nothing but the type stubs of Blender `blender`, for mypy. Needs the engine's environment.

    An environment each, because mypy passes over the errors inside stubs only where they are installed as packages are.
    """
    name = f"typing-{blender}"
    folder = BUILD / name
    stamp = folder / "made-from.txt"
    wanted = f"fake-bpy-module-{blender}=={STUB_VERSIONS[blender]}"
    if not (stamp.is_file() and stamp.read_text("utf-8") == wanted):
        if folder.exists():
            shutil.rmtree(folder)
        print(f"making {folder.relative_to(ROOT)} ...", flush=True)
        venv.create(folder, with_pip=False)
        code = "import sysconfig; print(sysconfig.get_path('purelib'))"
        packages = subprocess.run([str(python_of(name)), "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        command = [str(python_of("engine-env")), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "--target", packages, wanted], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python_of(name)


def package_folder() -> Path:
    """A folder in which the checkout is the package `mattewright`, as it is in Blender's extension folder."""
    folder = BUILD / "package"
    link = folder / "mattewright"
    folder.mkdir(parents=True, exist_ok=True)
    if not link.exists():
        link.symlink_to(ROOT, target_is_directory=True)
    return folder


def models_installed() -> Path:
    """The models folder of this checkout, with the default weights in it. Needs the engine's environment."""
    environment = {**os.environ, "MATTEWRIGHT_MODELS": str(MODELS)}
    subprocess.run([str(python_of("engine-env")), "-m", "engine", "models", "install"], cwd=ROOT, check=True, env=environment)
    return MODELS


NETWORKS = {
    "deeplab": "deeplab.onnx",
    "fastdepth": "fastdepth.onnx",
    "yolox_tiny_people": "yolox_tiny_people.onnx",
    "rvm": "rvm.safetensors",
}
"""Small ones that tests run for real, and their files."""


def networks_installed() -> None:
    """Have the small networks in the models folder, too; tests that need one that can't be fetched say so and are skipped."""
    environment = {**os.environ, "MATTEWRIGHT_MODELS": str(MODELS)}
    for name, file in NETWORKS.items():
        if not (MODELS / file).is_file():
            subprocess.run(
                [str(python_of("engine-env")), "-m", "engine", "models", "install", name], cwd=ROOT, check=False, env=environment
            )


def _made(name: str, installs: list[list[str]], lists: list[Path]) -> Path:
    """The interpreter of environment `name`, made by pip with the arguments `installs` (files are named from the checkout), if it isn't
    there yet, or was made from other `lists`, or by another Python.
    """
    if sys.version_info[:2] < (3, 11):  # noqa: UP036 - whoever runs a script may have an older one
        raise SystemExit(f"{sys.executable}: Python {sys.version.split()[0]}; Mattewright needs 3.11 or newer")
    folder = BUILD / name
    stamp = folder / "made-from.txt"
    wanted = hashlib.sha256("\n".join([sys.version, repr(installs), *(path.read_text("utf-8") for path in lists)]).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return python_of(name)
    if folder.exists():
        shutil.rmtree(folder)
    print(f"making {folder.relative_to(ROOT)} ...", flush=True)
    venv.create(folder, with_pip=True)
    for arguments in installs:
        print("  pip install " + " ".join(arguments), flush=True)
        command = [str(python_of(name)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "SAM2_BUILD_CUDA": "0"},
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode:
            sys.stderr.write(done.stderr)
            raise SystemExit(f"{folder}: pip install {' '.join(arguments)} failed (above); mend it and run this again")
    stamp.write_text(wanted, encoding="utf-8")
    return python_of(name)
