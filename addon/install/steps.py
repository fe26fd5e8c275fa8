"""The steps of an installation, in their order. Each can be told to be done, and a later try begins with the first that isn't."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import made
from .builds import BUILDS, LIBRARIES_DOWNLOAD, torch_requirement
from .child import Child
from .errors import Cancelled, InstallError
from .pip import Pip
from .request import Request

ENVIRONMENT = "engine-env"
PART = "engine-env.part"
"""What it is called until it has been tried."""
OLD = "engine-env.old"
CACHE = "engine-env.cache"
"""pip's: what was fetched before a break is not fetched again. Removed when all is done."""
NEWEST_PYTHON = (3, 14)
"""The newest that torch 2.13 has builds for."""
LONGEST = 200
"""Letters of the longest path within an environment, and some more: torch's licences nest deeply."""
WINDOWS_PATH = 259
PATIENCE = 20.0
"""Seconds for which a folder that is in use is tried to be renamed: Windows's virus scanner reads new files."""
WEIGHTS = {"check": 1, "python": 4, "pip": 2, "torch": 50, "libraries": 20, "sam2": 4, "verify": 6, "live": 1, "model": 12}
"""How long the steps take beside each other, for the progress."""
LABELS = {
    "check": "Looking at the disk",
    "python": "Making the environment",
    "pip": "pip",
    "torch": "torch",
    "libraries": "Libraries",
    "sam2": "SAM 2",
    "verify": "Trying it",
    "live": "Taking it into use",
    "model": "Model",
}

Tell = Callable[[str, float], None]
"""Called with (what is done, share of the whole work)."""


class Installation:
    """One run of the steps."""

    def __init__(self, request: Request, child: Child, tell: Tell, engine_stopped: Callable[[], None]) -> None:
        """`engine_stopped` returns when no engine of this Blender runs any more; it may raise Cancelled."""
        self._request, self._child, self._tell, self._engine_stopped = request, child, tell, engine_stopped
        self._folder = Path(request.folder)
        self._engine = Path(request.engine)
        self._build = BUILDS[request.build]
        self._python = Path(request.python or sys.executable)
        self._part, self._live, self._cache = self._folder / PART, self._folder / ENVIRONMENT, self._folder / CACHE
        self._step = "check"

    def run(self) -> str:
        """Do what is not done yet; a line for the user. Raises InstallError, Cancelled, OSError."""
        self._at("check")
        version = self._base_version()
        digest = made.digest(self._engine, self._build.name, version)
        if not self._is_there(digest):
            self._make(digest)
        if self._request.model:
            self.install_model(made.interpreter(self._live))
        return f"The engine is installed: {self._build.label}" + (f", {self._request.model}" if self._request.model else "")

    def _make(self, digest: str) -> None:
        known = made.read(self._part)
        if known is None or known.digest != digest or not made.is_whole(self._part):
            _remove(self._part)
            known = None
        self._check_room(known is not None)
        requirements = {name: self._engine / name for name in made.REQUIREMENTS}
        pip = Pip(self._child, made.interpreter(self._part), self._cache, self._request.packages)
        if known is None:
            self._at("python")
            self._make_environment()
            made.write(self._part, made.Made(digest, self._build.name, ("python",)))
        torch, libraries, sam2 = (requirements[name] for name in made.REQUIREMENTS)
        source = ["--index-url", self._build.index] if self._build.index and not self._request.packages else []
        wanted = torch_requirement(torch.read_text(encoding="utf-8"), self._build)
        works: tuple[tuple[str, Callable[[], None]], ...] = (
            ("pip", lambda: None if self._request.packages else pip.renew(self._heard)),
            ("torch", lambda: pip.install([wanted, *source], self._heard, self._build.download)),
            ("libraries", lambda: pip.install(["-r", str(libraries)], self._heard, LIBRARIES_DOWNLOAD)),
            ("sam2", lambda: pip.install(["--no-deps", "--no-build-isolation", "-r", str(sam2)], self._heard, 1)),
            ("verify", self._verify),
        )
        for step, work in works:
            if known is not None and step in known.done and step != "verify":
                continue
            self._at(step)
            work()
            made.finished(self._part, step)
        self._at("live")
        self._take_into_use()

    def _at(self, step: str) -> None:
        self._step = step
        self._child.note(f"--- {LABELS[step]}")
        self._heard("", 0.0)

    def _heard(self, text: str, share: float) -> None:
        steps = list(WEIGHTS)
        before = sum(WEIGHTS[step] for step in steps[: steps.index(self._step)])
        label = LABELS[self._step]
        whole = (before + share * WEIGHTS[self._step]) / sum(WEIGHTS.values())
        self._tell(f"{label}: {text}" if text else label, share if self._request.kind == "model" else whole)

    def _base_version(self) -> str:
        """``3.11``, of the Python that the environment is made with."""
        program = "import sys, venv, ensurepip; print(*sys.version_info[:2], sep='.')"
        try:
            code, said = self._child.run([self._python, "-I", "-c", program])
        except OSError as error:
            raise InstallError(f"{self._python}: can't be started: {error.strerror or error}") from None
        if code or not said:
            told = said[-1] if said else f"exit code {code}"
            missing = "ensurepip" in told or "venv" in told
            raise InstallError(
                f"{self._python}: can't make environments ({told}): "
                + ("install your system's venv package for it, or " if missing else "")
                + "choose another Python to Build With in the preferences"
            )
        version = tuple(int(part) for part in said[-1].split("."))
        if not (3, 11) <= version <= NEWEST_PYTHON:
            newest = ".".join(map(str, NEWEST_PYTHON))
            raise InstallError(f"{self._python}: Python {said[-1]}; the engine needs 3.11 to {newest}: choose another to Build With")
        return said[-1]

    def _is_there(self, digest: str) -> bool:
        """Whether the environment in use is made from just this, and starts. One whose Python has gone elsewhere is led to it again."""
        known = made.read(self._live)
        if known is None or known.digest != digest:
            return False
        if self._starts():
            return True
        for link in (self._live / "bin").glob("python*"):
            if link.is_symlink():
                link.unlink()  # venv leaves links alone, wherever they lead
        code, _ = self._child.run([self._python, "-I", "-m", "venv", "--upgrade", "--without-pip", self._live])
        return code == 0 and self._starts()

    def _starts(self) -> bool:
        try:
            code, _ = self._child.run([made.interpreter(self._live), "-I", "-c", ""])
        except OSError:
            return False
        return code == 0

    def _check_room(self, resumed: bool) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        free, needed = shutil.disk_usage(self._folder).free, self._build.needed
        there = size_of(self._part) + size_of(self._cache) if resumed or self._cache.is_dir() else 0
        if free + there < needed:
            raise InstallError(
                f"{self._folder}: {free / 1e9:.1f} GB free, {(needed - there) / 1e9:.1f} GB needed: make room, "
                "or choose an Engine Folder on another disk in the preferences"
            )
        if sys.platform == "win32" and not _long_paths() and len(str(self._part)) + LONGEST > WINDOWS_PATH:
            raise InstallError(
                f"{self._folder}: the path is {len(str(self._part)) + LONGEST - WINDOWS_PATH} letters too long for Windows: "
                "choose an Engine Folder with a shorter path in the preferences, or turn on Windows's long paths"
            )

    def _make_environment(self) -> None:
        code, said = self._child.run([self._python, "-I", "-m", "venv", self._part])
        if code:
            raise InstallError(f"{self._part}: no environment could be made: {said[-1] if said else f'exit code {code}'}")

    def _verify(self) -> None:
        """The engine's own doctor, which loads all that it needs."""
        python = made.interpreter(self._part)
        code, said = self._child.run([python, "-I", "-u", self._engine / "__main__.py", "doctor", "--deep", "--no-models"])
        if code:
            missing = [line.removeprefix("MISSING").strip() for line in said if line.startswith("MISSING")]
            told = missing[0] if missing else (said[-1] if said else f"exit code {code}")
            raise InstallError(f"what was installed doesn't work: {' '.join(told.split())}")

    def _take_into_use(self) -> None:
        self._engine_stopped()
        old = self._folder / OLD
        _remove(old)
        if self._live.exists():
            renamed(self._live, old, self._child)
        try:
            renamed(self._part, self._live, self._child)
        except BaseException:
            if old.exists() and not self._live.exists():
                old.replace(self._live)
            raise
        for left in (old, self._cache):
            with contextlib.suppress(OSError):  # in use; the next installation removes it
                _remove(left)

    def install_model(self, python: Path) -> str:
        """The model's weights, by the engine that `python` runs; a line for the user. Raises InstallError, Cancelled, OSError."""
        self._at("model")
        request = self._request
        command: list[str | Path] = [python, "-I", "-u", self._engine / "__main__.py"]
        command += ["models", "install", request.model]
        if request.model_file:
            command += ["--from", request.model_file]
        elif request.offline:
            command += ["--offline"]
        more = {"MATTEWRIGHT_MODELS": request.models} if request.models else {}

        def heard(line: str) -> None:
            name, _, text = line.partition(": ")
            if name == request.model:
                done, _, rest = text.partition(" of ")
                whole = rest.partition(" MB")[0]
                known = done.isdecimal() and whole.isdecimal()
                self._heard(text, int(done) / max(1, int(whole)) if known else float("installed" in text))

        code, said = self._child.run(command, heard, more)
        if code:
            told = next((line.removeprefix("mattewright: ") for line in reversed(said) if line.strip()), f"exit code {code}")
            raise InstallError(told)
        return f"The model is installed: {request.model}"


def remove(folder: Path, child: Child, tell: Tell, engine_stopped: Callable[[], None]) -> str:
    """Remove all that an installation makes in `folder`, and nothing else there. Raises InstallError, Cancelled, OSError."""
    engine_stopped()
    live, old = folder / ENVIRONMENT, folder / OLD
    if live.exists():
        _remove(old)
        renamed(live, old, child)
    for number, name in enumerate((OLD, PART, CACHE)):
        tell("Removing the engine", number / 3)
        child.note(f"removing {folder / name}")
        _remove(folder / name)
    return "The engine is removed"


def renamed(source: Path, target: Path, child: Child) -> None:
    """Rename a folder, however long it takes until nobody reads in it. Raises InstallError after `PATIENCE`, Cancelled."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            source.replace(target)
            return
        except PermissionError:
            if child.cancelled.is_set():
                raise Cancelled from None
            if time.monotonic() > until:
                raise InstallError(f"{source}: is in use: close other Blenders that run the engine, and try again") from None
            time.sleep(0.25)


def size_of(folder: Path) -> int:
    """Bytes of the files below `folder`."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += (Path(place) / name).lstat().st_size
    return total


def _remove(folder: Path) -> None:
    """Delete a folder of ours, with what is read-only in it. Raises InstallError where Windows says that it is in use."""
    if not folder.exists():
        return
    try:
        shutil.rmtree(folder)
    except PermissionError as error:
        raise InstallError(f"{error.filename or folder}: is in use: close other Blenders that run the engine, and try again") from None


def _long_paths() -> bool:
    """Whether Windows takes paths of more than 259 letters."""
    if sys.platform != "win32":
        return True
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False
