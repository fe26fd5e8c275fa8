"""A store that somebody works in with a window, and a second one that comes along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.shot import MattewrightError
from engine.store import lock

ROOT = Path(__file__).resolve().parents[2]
OTHER = "import sys\nfrom pathlib import Path\nfrom engine.store.lock import alone_in\n"


def test_a_second_process_is_told_who_is_there(tmp_path: Path) -> None:
    program = OTHER + "with alone_in(Path(sys.argv[1])):\n    print('in', flush=True)\n    sys.stdin.read()\n"
    first = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert first.stdin is not None and first.stdout is not None
    assert first.stdout.readline().strip() == b"in"
    with pytest.raises(MattewrightError) as caught, lock.alone_in(tmp_path):
        pass
    told = str(caught.value)
    assert told.startswith(f"{tmp_path}: another Blender's engine (process {first.pid} on ") and "\n" not in told
    assert told.endswith("is at work there: wait until that is done, or choose another store folder")
    first.kill()
    first.communicate()
    with lock.alone_in(tmp_path):  # a killed engine holds nothing
        pass
    with lock.alone_in(tmp_path):
        pass


def test_who_it_is_may_be_unknown_and_a_folder_that_is_gone_says_so_later(tmp_path: Path) -> None:
    (tmp_path / lock.NAME).write_bytes(b"\xff{")
    with lock.alone_in(tmp_path):
        (tmp_path / lock.NAME).write_bytes(b"\xff{")
        with pytest.raises(MattewrightError, match="another Blender's engine is at work there"), lock.alone_in(tmp_path):
            pass
    with lock.alone_in(tmp_path / "none"):
        pass
