"""The bench as a user runs it, without a window."""

from __future__ import annotations

import subprocess
import sys

import environments


def test_a_blender_that_is_not_there_is_one_line(tmp_path):
    command = [sys.executable, str(environments.ROOT / "scripts" / "bench_overlay"), str(tmp_path / "no-blender")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert f"{tmp_path / 'no-blender'}: can't be started" in done.stderr
