"""What is on the screen: colours of the clip's pixels, and pictures that are kept.

By ImageMagick's `import`, for Blender's own pictures of its window come out black on software OpenGL.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .stage import Stage

WIDTH = 1200
"""Pixels of a picture that is kept for the reader."""

Pixels = npt.NDArray[np.uint8]


class Eyes:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def screen(self) -> Pixels:
        """(height, width, 3) of the screen, the top row first."""
        done = subprocess.run(["import", "-window", "root", "-depth", "8", "ppm:-"], check=True, capture_output=True)
        words = done.stdout.split(maxsplit=4)
        found: Pixels = np.frombuffer(words[4], np.uint8).reshape(int(words[2]), int(words[1]), 3)
        return found

    def color(self, x: float, y: float, number: int = 0, on: Pixels | None = None) -> npt.NDArray[np.int64]:
        """R, G, B on the screen where the clip's pixel is; the mean of 3 x 3. `on` is a screen that was taken before."""
        return self.at(self.stage.on_screen(x, y, number), on)

    def at(self, place: tuple[int, int], on: Pixels | None = None) -> npt.NDArray[np.int64]:
        """The same at a pixel of the window, counted from its lower left corner."""
        across, up = place
        shown = self.screen() if on is None else on
        row = shown.shape[0] - 1 - up
        mean: npt.NDArray[np.int64] = shown[row - 1 : row + 2, across - 1 : across + 2].reshape(-1, 3).mean(axis=0).round().astype(int)
        return mean

    def keep(self, name: str) -> Path:
        """The screen as a picture that shows why a step failed."""
        path = Path(self.stage.settings["failures"]) / f"{name}.png"
        subprocess.run(["import", "-window", "root", str(path)], check=True)
        return path

    def show(self, name: str) -> None:
        """The screen as a picture for the reader, where such are asked for."""
        if self.stage.settings["pictures"]:
            path = Path(self.stage.settings["pictures"]) / f"window-{name}.jpg"
            command: list[Any] = ["import", "-window", "root", "-resize", f"{WIDTH}x>", "-quality", "82", "-strip", str(path)]
            subprocess.run(command, check=True)
