"""A real disk for a test alone, as small or as read-only as it asks for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


def mounted(folder: Path, options: str) -> Iterator[Path]:
    """`folder`, which is made, with such a disk in it until the fixture ends; the test is skipped where that can't be had."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs Linux and the right to mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
