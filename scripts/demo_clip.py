"""Fetch the demo's clip: cockatoo.mp4 out of the source package of imageio 2.4.1 (BSD-2-Clause), by pip, checked by digest; or a person.

The package's source, of which just the one file is read, is the last release that carried the project's standard images; nothing of it is
installed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

REQUIREMENT = "imageio==2.4.1 --hash=sha256:16b8077bc8a5fa7a58b3e744f7ecbb156d8c088132df31e0f4f546c98de3514a"
FOLDER = "imageio-2.4.1/imageio/resources/images"
CLIP = "cockatoo.mp4"
PERSON = "astronaut.png"
"""Eileen Collins, by NASA: in the public domain."""
SHA256 = {
    CLIP: "5fde35f5a288ca86e216d2dc28188ab64b4560d3021f273faefdf0de80f38aa5",
    PERSON: "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
}


def fetch(folder: Path, name: str = CLIP) -> Path:
    """The file `name`, one of SHA256, in `folder`, fetched if it is not there. Raises SystemExit if it can not be had or is another."""
    path = folder / name
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256[name]:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        wanted = Path(place) / "clip.txt"
        wanted.write_text(REQUIREMENT + "\n", encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
        subprocess.run([*pip, "--no-binary", ":all:", "--require-hashes", "-r", str(wanted), "-d", place], check=True)
        with tarfile.open(next(Path(place).glob("*.tar.gz"))) as archive:
            member = archive.extractfile(f"{FOLDER}/{name}")
            content = member.read() if member else b""
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise SystemExit(f"{name}: not the file that is meant; expected SHA-256 {SHA256[name]}")
    temporary = path.with_suffix(".part")
    temporary.write_bytes(content)
    os.replace(temporary, path)  # noqa: PTH105
    return path


if __name__ == "__main__":
    clip = fetch(Path(sys.argv[1]))
    print(f"{clip.name}: 1280 x 720, 20 frames/s, H.264; from imageio 2.4.1's source package, BSD-2-Clause")
