"""A Mask in the making: another Blender makes it (`worker`), and this one takes it in.

One thread starts that Blender, which takes a while, and hears it out; it never touches bpy.
"""

from __future__ import annotations

import os
import queue
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import bpy

from ...engine.shot import MattewrightError
from ..install.request import News, read_news
from ..link import PipedProcess

CALLED = "the Blender that makes the Mask"
_OF_THE_USER = ("BLENDER_USER_SCRIPTS", "BLENDER_USER_EXTENSIONS", "BLENDER_USER_CONFIG", "BLENDER_USER_DATAFILES")
"""Folders of what the other Blender is to do without."""


class Making:
    """Begins as it is made. What it makes, and all that the other Blender leaves behind, lies in a folder of its own."""

    def __init__(self, outlines: Path, name: str, clip: str) -> None:
        """`outlines`: the file of what the engine traced; `name`: what the Mask is to be called. Raises MattewrightError."""
        self.name = name
        self.clip = clip
        """The clip's name: an undo makes all clips anew."""
        self.share = 0.0
        """Of the work that is done, about."""
        self.ended: News | None = None
        """The last word: ``done`` or ``failed``."""
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="mattewright-", dir=bpy.app.tempdir))
        except OSError as error:
            raise MattewrightError(f"{bpy.app.tempdir}: no Mask can be made there: {error.strerror or error}") from None
        self._made = self._folder / "mask.blend"
        self._heard: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._process: PipedProcess | None = None
        self._given_up = False
        command = [*_program(), "--", outlines, self._made]
        self._thread = threading.Thread(target=self._follow, args=(command,), name="mattewright mask", daemon=True)
        self._thread.start()

    def poll(self) -> bool:
        """Take in what the other Blender has said; whether it was anything. Never waits."""
        heard = False
        while self.ended is None and not self._heard.empty():
            news, heard = self._heard.get(), True
            if news.event == "step":
                self.share = news.share
            else:
                self.ended = news
        return heard

    def wait(self, seconds: float) -> None:
        """Until the other Blender is gone, or so long."""
        self._thread.join(seconds)

    def stop(self) -> None:
        """End the other Blender, without waiting for that; whatever it has made goes."""
        self._given_up = True
        if self._process is not None:
            self._process.stop_later()
        if not self._thread.is_alive():
            self._clear_later()

    def take(self) -> bpy.types.Mask:
        """The Mask, now in this file and no library's. Only when it is done. Raises MattewrightError."""
        libraries: Any = bpy.data.libraries  # of which some stubs don't know what it gives
        try:
            # Linked and made local: what is appended would remember the file that it came from.
            with libraries.load(str(self._made), link=True) as (there, here):
                here.masks = list(there.masks)
            library = here.masks[0].library
            mask: bpy.types.Mask = here.masks[0].make_local()
            if mask.animation_data is not None and mask.animation_data.action is not None:
                mask.animation_data.action.make_local()
            libraries.remove(library)
        except (OSError, RuntimeError) as error:
            raise MattewrightError(f"{self._made}: can't be read: {' '.join(str(error).split())}") from None
        finally:
            self._clear_later()
        mask.use_fake_user = True  # or it is not saved, unless it is used
        return mask

    def _clear_later(self) -> None:
        """On a thread of its own: of a large file it takes a while."""
        threading.Thread(target=self._clear, name="mattewright mask", daemon=True).start()

    # --- on threads

    def _follow(self, command: list[str | Path]) -> None:
        try:
            self._process = process = PipedProcess(command, CALLED, _environment(self._folder))
            if self._given_up:  # meanwhile
                process.stop()
            last = self._listen(process)
        except MattewrightError as error:
            last = News("failed", str(error))
        if self._given_up or last.event != "done":
            self._clear()
        self._heard.put(last)

    def _listen(self, process: PipedProcess) -> News:
        """Hear it out; its last word."""
        last = News("failed")
        for line in process.stdout:
            news = read_news(line)
            if news is not None and news.event == "step":
                self._heard.put(news)
            elif news is not None:
                last = news
        process.stop()  # it closed its output
        if not last.text:
            words = process.last_line()
            last = News("failed", f"{CALLED} stopped (exit code {process.exit_code()})" + (f": {words}" if words else ""))
        return last

    def _clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _program() -> list[str | Path]:
    """This Blender once more, as it comes from its makers; where it is a module of Python's, that Python with it."""
    worker = Path(__file__).with_name("worker.py")
    if not bpy.app.binary_path:
        return [sys.executable, worker]
    return [bpy.app.binary_path, "--background", "--factory-startup", "--python-exit-code", "1", "--python", worker]


def _environment(folder: Path) -> dict[str, str]:
    """This Blender's, with its own `folder` for what is the user's and what is temporary."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_THE_USER}
    return kept | dict.fromkeys(("BLENDER_USER_RESOURCES", "TMPDIR", "TEMP", "TMP"), str(folder))
