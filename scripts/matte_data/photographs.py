"""Freely licensed photographs out of Debian packages: the backgrounds that training clips are laid over.

The photographs are not in the repository; `photographs.toml` beside this file says where each is, whose it is, and under which licence.
"""

from __future__ import annotations

import io
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from .qt_resource import files_in

TABLE = Path(__file__).with_name("photographs.toml")
LONGEST_WIDTH = 1920
"""Photographs are scaled down to this many pixels wide; smaller ones stay as they are."""

ALLOWED_LICENCES = frozenset(
    {
        "public-domain",
        "CC0-1.0",
        *(f"CC-BY-{version}" for version in ("2.0", "3.0", "4.0")),
        *(f"CC-BY-SA-{version}" for version in ("3.0", "4.0")),
        "GPL-2+",
        "LGPL-3",
    }
)


@dataclass(frozen=True)
class Photograph:
    """One photograph of a package.

    `file` is its path in the package; `member`, where it isn't empty, its path inside that (Qt resource) file. `author` and `licence`
    as the package says them: `stated` is where. `source` is the page that the package names, or empty.
    """

    name: str
    package: str
    version: str
    file: str
    member: str
    author: str
    licence: str
    stated: str
    source: str


def table() -> list[Photograph]:
    """All photographs of the table. ValueError names what is wrong with it."""
    content = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    versions = {package["name"]: (package["version"], package["stated"]) for package in content["package"]}
    photographs = []
    for row in content["photograph"]:
        version, stated = versions[row["package"]]
        photograph = Photograph(version=version, stated=stated, member=row.get("member", ""), source=row.get("source", ""), **_plain(row))
        if photograph.licence not in ALLOWED_LICENCES:
            raise ValueError(f"{TABLE.name}: {photograph.name}: the licence {photograph.licence!r} is not one of those allowed")
        photographs.append(photograph)
    return photographs


def _plain(row: dict[str, str]) -> dict[str, str]:
    return {key: row[key] for key in ("name", "package", "file", "author", "licence")}


def download(package: str, version: str, folder: Path) -> Path:
    """`package` unpacked below `folder` by apt-get and dpkg-deb (nothing is installed); what is there already is taken.

    The version of the table is asked for first, then whichever the machine's package lists offer. OSError: neither can be had.
    """
    unpacked = folder / package
    if unpacked.is_dir():
        return unpacked
    folder.mkdir(parents=True, exist_ok=True)
    for wanted in (f"{package}={version}", package):
        done = subprocess.run(["apt-get", "download", "-q", wanted], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
    else:
        said = done.stderr.strip().splitlines()
        raise OSError(f"{package}: apt-get download failed ({said[-1] if said else 'it said nothing'}); run: apt-get update")
    if not wanted.endswith(version):
        print(f"{package}: version {version} is not to be had; the one that is is taken (look at its licences)")
    archive = max(folder.glob(f"{package}_*.deb"), key=lambda path: path.stat().st_mtime)
    partial = folder / f".{package}.partial"
    subprocess.run(["dpkg-deb", "-x", str(archive), str(partial)], check=True)
    partial.replace(unpacked)
    archive.unlink()
    return unpacked


def contents(photographs: list[Photograph], unpacked: Path) -> Iterator[tuple[Photograph, bytes]]:
    """Each of the photographs (all of one package, unpacked there) with its file's bytes. A missing file is left out, said aloud."""
    members: dict[str, dict[str, bytes]] = {}
    for photograph in photographs:
        path = unpacked / photograph.file
        if not path.is_file():
            print(f"{photograph.package}: {photograph.file} is not in it; left out")
            continue
        if not photograph.member:
            yield photograph, path.read_bytes()
            continue
        if photograph.file not in members:
            members[photograph.file] = dict(files_in(path.read_bytes()))
        if photograph.member in members[photograph.file]:
            yield photograph, members[photograph.file][photograph.member]
        else:
            print(f"{photograph.package}: {photograph.file} has no {photograph.member}; left out")


def save(content: bytes, path: Path) -> None:
    """The picture `content` at `path`, whole or not at all: a JPEG of 8-bit sRGB, at most `LONGEST_WIDTH` wide."""
    with Image.open(io.BytesIO(content)) as opened:
        picture = opened.convert("RGB")
    if picture.width > LONGEST_WIDTH:
        picture = picture.resize((LONGEST_WIDTH, round(picture.height * LONGEST_WIDTH / picture.width)), Image.Resampling.LANCZOS)
    partial = path.with_suffix(".partial")
    picture.save(partial, "JPEG", quality=93, subsampling=0)
    partial.replace(path)
