"""What is wrong with footage is said in one line that names the file."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from footage_fixtures import drawn, write_image, write_movie

from engine.footage import open_footage, probe
from engine.shot import Footage, MattewrightError


def movie(path: str | Path) -> Footage:
    return Footage(str(path), "movie", 320, 180, 10, fps=24)


def refused(footage: Footage, base: Path, words: str) -> None:
    with pytest.raises(MattewrightError, match=words) as error:
        open_footage(footage, base)
    text = str(error.value)
    assert "\n" not in text
    assert Path(footage.path).name in text


def test_no_such_file(tmp_path: Path) -> None:
    refused(movie("none.mp4"), tmp_path, "no such file")
    refused(Footage("none_01.png", "sequence", 320, 180, 1), tmp_path, "no such file")


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "takes").mkdir()
    refused(movie("takes"), tmp_path, "a folder")


def test_a_text_file_called_mp4(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("This is no movie.\n" * 50)
    refused(movie("notes.mp4"), tmp_path, "not a movie")
    (tmp_path / "notes.txt").write_text("This is no movie.\n" * 50)
    refused(movie("notes.txt"), tmp_path, "not a movie|no video")
    (tmp_path / "empty.mov").write_bytes(b"")
    refused(movie("empty.mov"), tmp_path, "not a movie")


def test_a_text_file_called_png(tmp_path: Path) -> None:
    (tmp_path / "a1.png").write_text("This is no picture.")
    refused(Footage("a1.png", "sequence", 320, 180, 1), tmp_path, "not an image")


def test_sound_only(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    refused(movie("sound.mp4"), tmp_path, "no video")


def test_the_index_is_missing(tmp_path: Path) -> None:
    content = write_movie(tmp_path / "whole.mp4", 30).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(content[: len(content) * 6 // 10])
    refused(movie("cut.mp4"), tmp_path, "cut short.*moov")


def test_nothing_can_be_decoded(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "noise.mp4", 10, container_options={"movflags": "faststart"})
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    content[start:] = np.random.default_rng(1).integers(0, 256, len(content) - start, dtype=np.uint8).tobytes()
    path.write_bytes(content)
    refused(movie(path), tmp_path, "decoded")


def test_another_size(tmp_path: Path) -> None:
    write_movie(tmp_path / "big.mp4", 2, size=(640, 360))
    refused(movie("big.mp4"), tmp_path, "640x360 pixels, but the shot document says 320x180")
    write_image(tmp_path / "big1.png", drawn(1, 640, 360))
    refused(Footage("big1.png", "sequence", 320, 180, 1), tmp_path, "640x360 pixels, but the shot document says 320x180")


def test_an_image_is_no_movie(tmp_path: Path) -> None:
    write_image(tmp_path / "one1.png", drawn(1))
    refused(movie("one1.png"), tmp_path, "image sequence")


def test_probe_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("This is no movie.\n" * 50)
    with pytest.raises(MattewrightError, match="not a movie"):
        probe(tmp_path / "notes.mp4")
    with pytest.raises(MattewrightError, match="a folder"):
        probe(tmp_path)
