"""Installing the engine from Blender: what is asked of the worker, what is refused, and what becomes of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from mattewright.addon import package, preferences
from mattewright.addon.install import made, places, wiring
from mattewright.addon.install.request import News, Request
from mattewright.addon.install.session import Installer, Work, installer
from mattewright.addon.link import NotInstalled, find_python, session
from mattewright.addon.operators.install import chosen_build
from mattewright.addon.ui import engine_panel, install_parts
from mattewright.addon.ui.next_step import Facts, next_step
from mattewright.engine.shot import MattewrightError


@pytest.fixture
def chosen(tmp_path: Path) -> Iterator[Any]:
    """The preferences of an add-on that is enabled, with an empty folder for the engine; Blender may use the network."""
    addons, system = bpy.context.preferences.addons, bpy.context.preferences.system
    addon = addons.new()
    addon.module = package.NAME
    addon.preferences.install_folder = str(tmp_path / "Engine ü dir")
    before, system.use_online_access = system.use_online_access, True
    yield addon.preferences
    system.use_online_access = before
    addons.remove(addon)
    installer.work = None


def test_where_the_engine_goes(chosen: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert places.environment() == tmp_path / "Engine ü dir" / "engine-env"
    chosen.install_folder = ""
    assert "mattewright" in str(places.folder())
    monkeypatch.setattr(bpy.utils, "extension_path_user", lambda name, **more: str(tmp_path / name))
    assert places.folder() == tmp_path / package.NAME


def test_what_is_asked_of_the_worker(chosen: Any, tmp_path: Path) -> None:
    chosen.torch_build, chosen.install_model, chosen.models_folder = "cuda126", "sam2.1-hiera-small", str(tmp_path / "Mödels")
    build = chosen_build()
    assert build is not None and build.label == "CUDA 12.6"
    asked = places.request(build.name)
    assert asked == Request(
        folder=str(tmp_path / "Engine ü dir"),
        engine=str(package.ENGINE),
        build="cuda126",
        python=sys.executable,
        model="sam2.1-hiera-small",
        models=str(tmp_path / "Mödels"),
    )
    chosen.build_python, chosen.install_model = str(tmp_path / "no python"), "NONE"
    with pytest.raises(MattewrightError, match=r"Build With '.*no python' \(the add-on's preferences\): no such file"):
        places.request("cpu")
    chosen.build_python = sys.executable
    assert places.request("cpu").model == ""
    assert places.model_request("sam2.1-hiera-tiny", Path("/engine/python")).kind == "model"


def test_offline_nothing_is_fetched(chosen: Any, tmp_path: Path) -> None:
    bpy.context.preferences.system.use_online_access = False
    assert not bpy.ops.mattewright.engine_install.poll() and not bpy.ops.mattewright.model_install.poll()
    with pytest.raises(MattewrightError, match="Blender is offline: allow online access"):
        places.request("cpu")
    (tmp_path / "wheels").mkdir()
    chosen.packages_folder = str(tmp_path / "wheels")
    assert bpy.ops.mattewright.engine_install.poll()
    asked = places.request("cpu")
    assert asked.offline and asked.packages == str(tmp_path / "wheels")
    bpy.context.preferences.system.use_online_access = True
    assert bpy.ops.mattewright.model_install.poll() and not places.request("cpu").offline


def test_what_fails_is_the_operators_report(chosen: Any, tmp_path: Path) -> None:
    chosen.torch_build = "pip"
    broken = tmp_path / "python"
    broken.write_text("no program", "utf-8")
    chosen.build_python = str(broken)
    with pytest.raises(RuntimeError, match=r"python: can't be started") as caught:
        bpy.ops.mattewright.engine_install()
    assert "\n" not in str(caught.value).strip()
    assert installer.work is not None and installer.work.ended is not None and installer.work.ended.event == "failed"
    assert places.log().is_file() and bpy.ops.mattewright.install_log_show.poll()


def test_removing(chosen: Any) -> None:
    assert not bpy.ops.mattewright.engine_remove.poll()
    other = places.folder() / "notes.txt"
    for name in ("engine-env", "engine-env.part", "engine-env.cache"):
        (places.folder() / name).mkdir(parents=True)
    other.write_text("mine", "utf-8")
    bpy.ops.mattewright.engine_remove()
    assert not places.has_any() and other.read_text("utf-8") == "mine"


def test_the_engine_is_stopped_first_but_not_amid_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    from mattewright.addon.link import Job

    halted: list[int] = []
    monkeypatch.setattr(session, "halt", lambda: halted.append(1))
    monkeypatch.setattr(session, "job", Job("track", "clip"))
    assert not wiring._stop_engine() and not halted
    monkeypatch.setattr(session, "job", None)
    assert wiring._stop_engine() and halted


def test_a_worker_that_dies_is_said_so(tmp_path: Path) -> None:
    made = Installer()
    made.worker_python = Path(sys.executable)
    made.work = Work(Request(folder=str(tmp_path), engine="nowhere", kind="remove"), Path(sys.executable))
    made.work._process.kill()
    while made.running is not None:
        made.pump()
    assert made.work.ended is not None and made.work.ended.event == "failed"
    assert "the installation stopped (exit code" in made.work.ended.text


def test_the_panel_offers_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MATTEWRIGHT_ENGINE_PYTHON", raising=False)
    monkeypatch.setattr(package, "FOLDER", tmp_path)
    with pytest.raises(NotInstalled):
        find_python()
    engine_panel.forget()
    assert engine_panel._python.problem() and engine_panel._python.not_installed
    engine_panel.forget()
    step = next_step(Facts("not there", not_installed=True))
    assert (step.operator, step.label) == ("mattewright.engine_install", "Install Engine")
    assert next_step(Facts("engine Python '/x': no such file")).operator == "mattewright.preferences_show"


def test_an_environment_of_another_version_is_known(chosen: Any) -> None:
    python = made.interpreter(places.environment())
    python.parent.mkdir(parents=True)
    python.write_text("", "utf-8")
    (places.environment() / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).parent}\n", "utf-8")
    made.write(places.environment(), made.Made("another", "cpu"))
    assert places.is_installed() and not places.is_current()
    made.write(places.environment(), made.Made(made.digest(package.ENGINE, "cpu", "3.11"), "cpu"))
    assert places.is_current()
    install_parts.disk.forget()
    found = install_parts.disk.look()
    assert found.installed and found.current and found.free > 0


def test_the_machine_is_looked_at_off_the_main_thread() -> None:
    made = Installer()
    assert made.look(wait=True) is not None
    assert made.machine is not None and made.machine.found


def test_the_models_to_choose_are_those_of_the_preferences() -> None:
    items = preferences.MattewrightPreferences.bl_rna.properties["install_model"].enum_items_static
    assert [item.identifier for item in items][-1] == "NONE" and items[0].identifier == preferences.DEFAULT_MODEL


def test_news_are_read_and_noise_is_not() -> None:
    from mattewright.addon.install.request import read_news

    assert read_news(News("step", "é", 0.5).line().encode()) == News("step", "é", 0.5)
    assert read_news(b"Hello from a library\n") is None
