"""The installation as Blender runs it: the worker process with real environments and a real pip, on packages of a few bytes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from addon.install import made, steps
from addon.install.child import Child
from addon.install.errors import InstallError
from addon.install.request import News, Request, read_news

ROOT = Path(__file__).resolve().parents[2]
WORKER = ROOT / "addon" / "install" / "worker.py"
DOCTOR = """
import os, sys
import mattetorch, mattelibrary, mattesam
words = sys.argv[1:]
if words[:1] == ["doctor"]:
    assert words == ["doctor", "--deep", "--no-models"], words
    print("ok       everything")
    sys.exit(0)
assert words[:2] == ["models", "install"], words
if "--offline" in words:
    print("mattewright: model 'tiny' is not installed, and offline nothing can be fetched", file=sys.stderr)
    sys.exit(1)
print("tiny: 3 of 4 MB", flush=True)
os.makedirs(os.environ["MATTEWRIGHT_MODELS"], exist_ok=True)
open(os.path.join(os.environ["MATTEWRIGHT_MODELS"], "tiny.pt"), "w").close()
print("tiny: installed", flush=True)
"""


def wheel(folder: Path, name: str, version: str = "1.0") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", f"version = {version!r}\n")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", f"{name}.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")


class Place:
    """A folder as a user's is, with an engine of no weight beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "Erwéiterungen dir" / "mattewright"
        self.engine = root / "Engine ü"
        self.packages = root / "packages é"
        self.models = root / "Mödels"
        self.engine.mkdir(parents=True)
        for name, package in zip(made.REQUIREMENTS, ("mattetorch", "mattelibrary", "mattesam"), strict=True):
            (self.engine / name).write_text(f"# what it is\n{package}==1.0\n", encoding="utf-8")
            wheel(self.packages, package)
        (self.engine / "__main__.py").write_text(DOCTOR, encoding="utf-8")

    @property
    def live(self) -> Path:
        return self.folder / steps.ENVIRONMENT

    @property
    def part(self) -> Path:
        return self.folder / steps.PART

    def request(self, **more: object) -> Request:
        said: dict[str, object] = {"folder": str(self.folder), "engine": str(self.engine), "build": "pip", "python": sys.executable}
        said |= {"packages": str(self.packages), "models": str(self.models)}
        return Request(**{**said, **more})  # type: ignore[arg-type]


class Run:
    """One worker."""

    def __init__(self, request: Request, **variables: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MATTEWRIGHT_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-u", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**clean, "PIP_CONFIG_FILE": os.devnull, **variables},
        )
        self.heard: list[News] = []
        self.say(request.line().strip())

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def until(self, text: str) -> None:
        """Read on until a step says `text`, or the end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            news = read_news(line)
            assert news is not None, line
            self.heard.append(news)
            if news.event == "stop engine":
                self.say("go")
            if news.event == "step" and text and text in news.text:
                return

    def end(self) -> News:
        self.until("")
        self.process.wait(30)
        return self.heard[-1]


def run(request: Request, **variables: str) -> list[News]:
    one = Run(request, **variables)
    one.end()
    return one.heard


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, list[News]]:
    place = Place(tmp_path_factory.mktemp("user ö"))
    return place, run(place.request(model="tiny"))


@pytest.fixture
def begun(installed: tuple[Place, list[News]], tmp_path: Path) -> Place:
    """A place where an installation broke off before torch."""
    place = Place(tmp_path / "b")
    shutil.copytree(installed[0].live, place.part, symlinks=True)
    for package in ("mattetorch", "mattelibrary", "mattesam"):
        shutil.rmtree(next(place.part.rglob(f"{package}-1.0.dist-info")))
        next(place.part.rglob(f"{package}.py")).unlink()
    known = made.read(place.part)
    assert known is not None
    made.write(place.part, made.Made(known.digest, known.build, ("python", "pip")))
    return place


def version_in(environment: Path) -> str:
    done = subprocess.run(
        [made.interpreter(environment), "-I", "-c", "import mattetorch; print(mattetorch.version)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_an_installation_from_nothing_to_the_end(installed: tuple[Place, list[News]]) -> None:
    place, heard = installed
    assert (heard[-1].event, heard[-1].text) == ("done", "The engine is installed: As pip Is Configured, tiny")
    shares = [news.share for news in heard if news.event == "step"]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] > 0.9
    words = [news.text for news in heard]
    for label in ("Making the environment", "torch", "Libraries", "SAM 2", "Trying it", "Taking it into use", "Model: 3 of 4 MB"):
        assert label in words
    assert [news.event for news in heard].index("stop engine") > words.index("Trying it")
    assert version_in(place.live) == "1.0"
    assert sorted(path.name for path in place.folder.iterdir()) == ["engine-env", "install.lock", "install.log"]
    assert (place.models / "tiny.pt").is_file()
    assert "--- torch" in (place.folder / "install.log").read_text("utf-8")
    known = made.read(place.live)
    assert known is not None and known.done == ("python", "pip", "torch", "libraries", "sam2", "verify")
    assert made.is_whole(place.live)


def test_what_is_installed_is_left_alone(installed: tuple[Place, list[News]]) -> None:
    place, _ = installed
    before = (place.live / made.NAME).stat().st_mtime_ns
    heard = run(place.request())
    assert heard[-1].event == "done" and len(heard) == 2
    assert (place.live / made.NAME).stat().st_mtime_ns == before


def test_a_python_that_has_gone_elsewhere_is_found_again(installed: tuple[Place, list[News]], tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("links need a privilege there")
    place = Place(tmp_path / "b")
    shutil.copytree(installed[0].live, place.live, symlinks=True)
    for link in (place.live / "bin").glob("python*"):
        if link.is_symlink():
            link.unlink()
            link.symlink_to(tmp_path / "an older Blender" / "python3.11")
    assert not made.is_whole(place.live)
    heard = run(place.request(packages=str(tmp_path / "nothing")))
    assert heard[-1].event == "done", heard[-1]
    assert made.is_whole(place.live) and version_in(place.live) == "1.0"


class Stalling:
    """A package index that takes a request and never answers."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.asked, self.left = threading.Event(), threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/simple"

    def _serve(self) -> None:
        try:
            connection, _ = self.socket.accept()
        except OSError:  # nobody has asked
            return
        with connection:
            self.asked.set()
            while connection.recv(4096):
                pass
        self.left.set()


@pytest.fixture
def stalling() -> Iterator[Stalling]:
    index = Stalling()
    yield index
    index.socket.close()


@pytest.mark.parametrize("how", [pytest.param("cancel", marks=pytest.mark.slow), "Blender is killed"])
def test_broken_off_in_the_middle_and_gone_on_with(begun: Place, stalling: Stalling, how: str) -> None:
    first = Run(begun.request(packages=""), PIP_INDEX_URL=stalling.address)
    first.until("torch")
    assert stalling.asked.wait(20)
    if how == "cancel":
        first.say("cancel")
        assert first.end().event == "cancelled"
    else:
        assert first.process.stdin is not None
        first.process.stdin.close()
        first.process.wait(20)
    assert stalling.left.wait(20), "pip lives on"
    assert begun.part.is_dir() and not begun.live.exists()
    heard = run(begun.request())
    assert heard[-1].event == "done"
    words = [news.text for news in heard]
    assert "Making the environment" not in words and "pip" not in words and "torch" in words
    assert version_in(begun.live) == "1.0" and not begun.part.exists()


@pytest.mark.slow
def test_a_package_that_is_not_there_is_one_clear_line(begun: Place) -> None:
    (begun.packages / "mattelibrary-1.0-py3-none-any.whl").unlink()
    last = run(begun.request())[-1]
    assert last == News("failed", "No matching distribution found for mattelibrary==1.0")
    known = made.read(begun.part)
    assert known is not None and known.done == ("python", "pip", "torch")
    wheel(begun.packages, "mattelibrary")
    assert run(begun.request())[-1].event == "done"


@pytest.mark.slow
def test_what_does_not_work_is_never_used(begun: Place, installed: tuple[Place, list[News]]) -> None:
    shutil.copytree(installed[0].live, begun.live, symlinks=True)
    made.write(begun.live, made.Made("of another version", "pip"))
    (begun.engine / "__main__.py").write_text("import sys; print('MISSING  numpy   ImportError: no'); sys.exit(1)", "utf-8")
    last = run(begun.request())[-1]
    assert last == News("failed", "what was installed doesn't work: numpy ImportError: no")
    known = made.read(begun.live)
    assert known is not None and known.digest == "of another version"
    (begun.engine / "__main__.py").write_text(DOCTOR, "utf-8")
    assert run(begun.request())[-1].event == "done"
    known = made.read(begun.live)
    assert known is not None and known.digest != "of another version"
    assert not (begun.folder / steps.OLD).exists()


def test_a_model_that_fails_leaves_the_engine(installed: tuple[Place, list[News]]) -> None:
    place, _ = installed
    last = run(place.request(model="tiny", offline=True))[-1]
    assert last == News("failed", "model 'tiny' is not installed, and offline nothing can be fetched")
    assert version_in(place.live) == "1.0"
    alone = run(place.request(kind="model", model="tiny", python=str(made.interpreter(place.live))))
    assert alone[-1] == News("done", "The model is installed: tiny", 1.0)


def test_removing_takes_nothing_else(begun: Place) -> None:
    for name in (steps.ENVIRONMENT, steps.CACHE, "my notes"):
        (begun.folder / name).mkdir()
        (begun.folder / name / "file").write_text("", "utf-8")
    heard = run(begun.request(kind="remove"))
    assert heard[-1].event == "done" and heard[0].event == "stop engine"
    assert sorted(path.name for path in begun.folder.iterdir()) == ["install.lock", "install.log", "my notes"]
    assert begun.packages.is_dir()


def test_one_at_a_time(begun: Place, stalling: Stalling) -> None:
    first = Run(begun.request(packages=""), PIP_INDEX_URL=stalling.address)
    first.until("torch")
    last = run(begun.request())[-1]
    assert last.event == "failed" and "another Blender installs the engine here" in last.text
    first.say("cancel")
    first.end()


Usage = namedtuple("Usage", "total used free")


def installation(place: Place, tmp_path: Path, **more: object) -> steps.Installation:
    log = (tmp_path / "log").open("w", encoding="utf-8")
    return steps.Installation(place.request(**more), Child(log), lambda text, share: None, lambda: None)


def test_a_full_disk_is_said_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path / "p")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**12, 10**12, 2 * 10**9))
    with pytest.raises(InstallError, match=r"2\.0 GB free, 2\.7 GB needed: make room, or choose an Engine Folder"):
        installation(place, tmp_path).run()
    assert not place.part.exists()


def test_a_disk_that_fills_up_is_said_so() -> None:
    from addon.install.pip import reason

    said = ["Collecting torch", "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", ""]
    assert reason(said) == "the disk is full: make room and try again; it goes on from there"
    assert "check the network" in reason(["ERROR: HTTPSConnectionPool: NewConnectionError(: Name or service not known"])
    assert reason([]) == "pip ended without a word"
    said = ["ERROR: Could not find a version", "ERROR: No matching distribution found for torch==2.13.0+cpu"]
    assert reason(said, "/wheels").startswith("/wheels: the Packages Folder has no torch==2.13.0+cpu for this Python")
    assert reason(said) == "No matching distribution found for torch==2.13.0+cpu"


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("/no/python", "/no/python: can't be started"),
        (shutil.which("false") or "false", "can't make environments .* choose another Python"),
    ],
)
def test_a_python_that_can_make_no_environment(tmp_path: Path, python: str, said: str) -> None:
    with pytest.raises(InstallError, match=said):
        installation(Place(tmp_path / "p"), tmp_path, python=python).run()


def test_a_request_that_is_none() -> None:
    process = subprocess.run([sys.executable, "-I", str(WORKER)], input=b"hello\n", capture_output=True, check=False)
    assert process.returncode == 1
    assert json.loads(process.stdout)["event"] == "failed"


def test_progress_is_by_what_was_fetched() -> None:
    from addon.install.pip import FETCHING, _Following

    heard: list[tuple[str, float]] = []
    follow = _Following(lambda text, share: heard.append((text, round(share, 4))), 100_000_000)
    for line in (
        "Collecting torch==2.13.0",
        "  Downloading https://host/whl/torch-2.13.0-cp311.whl (80.0 MB)",
        "Progress 40000000 of 80000000",
        "Progress 80000000 of 80000000",
        "Collecting filelock",
        "  Downloading filelock-3.whl (50 MB)",
        "Progress 50000000 of 50000000",
        "Installing collected packages: filelock, torch",
    ):
        follow(line)
    assert heard == [
        ("torch==2.13.0", 0.0),
        ("torch, 80.0 MB", 0.0),
        ("torch, 40 of 80 MB", round(0.4 * FETCHING, 4)),
        ("torch, 80 of 80 MB", round(0.8 * FETCHING, 4)),
        ("filelock", round(0.8 * FETCHING, 4)),
        ("filelock, 50 MB", round(0.8 * FETCHING, 4)),
        ("filelock, 50 of 50 MB", FETCHING),
        ("unpacking", FETCHING),
    ]
