"""pip in the environment that is being made: what to call it with, what it is at, and why it failed, in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from .child import Child
from .errors import InstallError

_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
_FETCHING = re.compile(r"\s*Downloading (\S+)(?: \((.+)\))?")
_NETWORK = ("ConnectionError", "NewConnectionError", "ConnectTimeout", "ReadTimeout", "Name or service not known", "getaddrinfo failed")
_LACKING = re.compile(r"No matching distribution found for (\S+)")
_FULL = ("No space left on device", "not enough space on the disk", "Disk quota exceeded")
_LONG = "[WinError 206]"

FETCHING = 0.7
"""The share of the work that fetching is; the rest is unpacking."""

Heard = Callable[[str, float], None]
"""Called with (what it is at, the share of its work that is done)."""


class Pip:
    """The pip of one environment."""

    def __init__(self, child: Child, python: Path, cache: Path, packages: str) -> None:
        """`packages`: a folder that everything is taken from, without the network; empty for the package indexes."""
        self._child, self._python, self._cache, self._packages = child, python, cache, packages
        self._version: tuple[int, int] | None = None

    def install(self, arguments: list[str], heard: Heard, megabytes: int) -> None:
        """``pip install`` with `arguments`, which fetches about that many `megabytes`. Raises InstallError with pip's reason, Cancelled."""
        temporary = self._cache / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        place = str(temporary)  # the system's own may be small
        following = _Following(heard, megabytes * 1_000_000)
        more = {"TMPDIR": place, "TEMP": place, "TMP": place, "SAM2_BUILD_CUDA": "0"}
        code, said = self._child.run([*self._command(), "install", *self._settings(), *arguments], following, more)
        if code:
            raise InstallError(reason(said, self._packages))

    def renew(self, heard: Heard) -> None:
        """Take a newer pip, which goes on where a download broke off; Blender's Python may bring an old one, which will do."""
        try:
            self.install(["--upgrade", "pip>=25.1"], heard, 2)
        except InstallError as error:
            self._child.note(f"going on with the pip that is there: {error}")
        self._version = None

    def _command(self) -> list[str]:
        return [str(self._python), "-I", "-u", "-m", "pip"]

    def _settings(self) -> list[str]:
        settings = ["--no-user", "--cache-dir", str(self._cache)]
        if self.version >= (24, 1):
            settings += ["--progress-bar", "raw"]
        if self.version >= (25, 1):
            settings += ["--resume-retries", "5"]
        if self._packages:
            settings += ["--no-index", "--find-links", self._packages]
        return settings

    @property
    def version(self) -> tuple[int, int]:
        """Raises InstallError when there is no pip."""
        if self._version is None:
            code, said = self._child.run([*self._command(), "--version"])
            match = re.search(r"pip (\d+)\.(\d+)", "\n".join(said))
            if code or match is None:
                raise InstallError(f"{self._python}: pip doesn't start: {said[-1] if said else f'exit code {code}'}")
            self._version = int(match[1]), int(match[2])
        return self._version


class _Following:
    """From pip's lines to what it is at."""

    def __init__(self, heard: Heard, expected: int) -> None:
        """`expected`: bytes that will be fetched in all, about."""
        self._heard, self._expected = heard, expected
        self._file = ""
        self._fetched = self._of_this = 0
        """Bytes of the files before this one, and of this one."""

    def __call__(self, line: str) -> None:
        progress = _PROGRESS.fullmatch(line)
        if progress:
            done, whole = int(progress[1]), max(1, int(progress[2]))
            self._of_this = done
            self._heard(f"{self._file}, {done / 1e6:.0f} of {whole / 1e6:.0f} MB", self._share())
            return
        fetching = _FETCHING.match(line)
        if fetching:
            self._fetched, self._of_this = self._fetched + self._of_this, 0
            self._file = fetching[1].rsplit("/", 1)[-1].split("-")[0]
            self._heard(f"{self._file}, {fetching[2]}" if fetching[2] else self._file, self._share())
        elif line.startswith("Installing collected packages"):
            self._heard("unpacking", FETCHING)
        elif line.startswith("Collecting "):
            self._heard(line.split()[1], self._share())

    def _share(self) -> float:
        return FETCHING * min(1.0, (self._fetched + self._of_this) / self._expected)


def reason(said: list[str], packages: str = "") -> str:
    """Why pip failed, from its lines; `packages`, the folder that alone it was to look into, if any."""
    text = "\n".join(said)
    if any(word in text for word in _FULL):
        return "the disk is full: make room and try again; it goes on from there"
    if _LONG in text:
        return "a path is too long for Windows: choose an Engine Folder with a shorter path in the preferences"
    errors = [line.partition("ERROR:")[2].strip() for line in said if line.startswith("ERROR:")]
    lacking = next((match[1] for line in errors if (match := _LACKING.match(line))), "")
    if packages and lacking:
        return f"{packages}: the Packages Folder has no {lacking} for this Python and machine: add it, or name another folder"
    told = errors[-1] if errors else next((line.strip() for line in reversed(said) if line.strip()), "pip ended without a word")
    if any(word in text for word in _NETWORK):
        return f"{told}: the package index can't be reached; check the network and try again"
    return told
