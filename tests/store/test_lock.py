"""A store that somebody works in with a window, and a second one that comes along."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

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


class Windows:
    """msvcrt's locking of one byte of an open file, with what Windows does about it: a part that another handle has locked is refused,
    anywhere in the file, and stays locked until it is unlocked, also when the file is closed.
    """

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        self.held: dict[tuple[int, int], int] = {}
        """By file and place in it the handle that has it."""

    def locking(self, handle: int, mode: int, count: int) -> None:
        assert count == 1
        at = os.fstat(handle).st_ino, os.lseek(handle, 0, os.SEEK_CUR)
        if mode == self.LK_UNLCK:
            if self.held.get(at) != handle:
                raise OSError(errno.EACCES, "not locked")
            del self.held[at]
        elif at in self.held:
            raise OSError(errno.EACCES, "Permission denied")
        else:
            self.held[at] = handle


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Windows:
    made = Windows()
    monkeypatch.setitem(sys.modules, "msvcrt", made)  # type: ignore[arg-type]
    monkeypatch.setattr(lock, "sys", SimpleNamespace(platform="win32"))
    return made


def test_on_windows_it_is_unlocked_before_it_is_closed(tmp_path: Path, windows: Windows) -> None:
    with lock.alone_in(tmp_path):
        ((_, place),) = windows.held
        assert place > 4096, "who it is can be read"
        with (
            pytest.raises(MattewrightError, match=rf"another Blender's engine \(process {os.getpid()} on .+, since \d\d:\d\d\) is at"),
            lock.alone_in(tmp_path),
        ):
            pass
    assert not windows.held
    with pytest.raises(ZeroDivisionError), lock.alone_in(tmp_path):
        raise ZeroDivisionError
    assert not windows.held
    assert (tmp_path / lock.NAME).stat().st_size < 4096, "nothing is written where the lock is"
