"""What this machine has, without torch: its system, its GPU, and the build of torch that suits both. Calls the driver's own tools."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .child import no_window

TIMEOUT = 20.0
"""Seconds for a driver's tool to answer: a GPU that sleeps takes some."""
_NAMES = {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Machine:
    """What was found."""

    system: str
    """``linux-x86_64``, ``windows-x86_64``, ``macos-arm64``, ..."""
    build: str
    """The name of the build that suits it; empty where torch has none for it."""
    found: str
    """Why, for the user: the GPU and its driver, or what is missing."""


def system() -> str:
    """This machine's, as `builds.Build.systems` has it."""
    names = {"win32": "windows", "darwin": "macos"}
    kind = platform.machine().lower()
    return f"{names.get(sys.platform, sys.platform)}-{_NAMES.get(kind, kind)}"


def detect() -> Machine:
    """Look at the machine. Takes up to `TIMEOUT` seconds: not on Blender's main thread."""
    here = system()
    if here == "macos-arm64":
        return Machine(here, "mac", f"Apple processor, macOS {platform.mac_ver()[0] or 'unknown'}")
    if here.startswith("macos"):
        return Machine(here, "", "a Mac with an Intel processor: torch has no build for it since 2.3")
    if here not in ("linux-x86_64", "linux-arm64", "windows-x86_64", "windows-arm64"):
        return Machine(here, "pip", f"{here}: torch publishes no build for it that is known here")
    if here.endswith("x86_64"):
        nvidia = _nvidia()
        if nvidia is not None:
            return Machine(here, *nvidia)
        amd = _amd() if here.startswith("linux") else ""
        if amd:
            return Machine(here, "rocm72", amd)
    return Machine(here, "cpu", "no supported GPU found")


def _nvidia() -> tuple[str, str] | None:
    """(build, what was found) where an NVIDIA driver answers."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        usual = Path("C:/Windows/System32/nvidia-smi.exe")
        if not usual.is_file():
            return None
        tool = str(usual)
    listed = _said([tool, "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"])
    return choose_cuda(listed) if listed else None


def choose_cuda(listed: str) -> tuple[str, str] | None:
    """(build, what was found) from nvidia-smi's list of ``name, driver, compute capability``; None for a list of nothing.

    CUDA 13 asks for driver 580 and compute capability 7.5, CUDA 12 for driver 525 and 5.0 (NVIDIA's release notes). With several GPUs
    the weakest counts, so that each of them can be chosen.
    """
    rows = [row for line in listed.splitlines() if len(row := [part.strip() for part in line.split(",")]) == 3]
    numbers = [(_number(driver), _number(capability), name, driver) for name, driver, capability in rows]
    known = [row for row in numbers if row[0] > 0]
    if not known:
        return None
    driver, _, name, said = min(known)
    capability = min((row[1] for row in known if row[1] > 0), default=0.0)
    found = f"{name}, driver {said}"
    if driver >= 580 and capability >= 7.5:
        return "cuda130", found
    if driver >= 525 and (capability >= 5.0 or not capability):
        return "cuda126", found
    if driver < 525:
        return "cpu", f"{found}: too old for torch; update it to 525 or newer to use the GPU"
    return "cpu", f"{found}: the GPU is too old for torch"


def _amd() -> str:
    """What was found; empty without an AMD GPU that ROCm's driver serves."""
    if not Path("/dev/kfd").exists():
        return ""
    for properties in sorted(Path("/sys/class/kfd/kfd/topology/nodes").glob("*/properties")):
        try:
            text = properties.read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        version = re.search(r"^gfx_target_version (\d+)$", text, re.MULTILINE)
        if version and int(version[1]) > 0:  # 0 is the processor
            number = int(version[1])
            return f"AMD GPU gfx{number // 10000}{number // 100 % 100:x}{number % 100:x}, amdgpu driver"
    return ""


def _number(text: str) -> float:
    match = re.match(r"\d+(\.\d+)?", text)
    return float(match[0]) if match else 0.0


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            encoding="utf-8",
            errors="replace",
            creationflags=no_window(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
