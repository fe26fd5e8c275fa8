"""Installing the engine: with a window it goes on while Blender does, in background the operator returns when all is done."""

from typing import Any

import bpy
from bpy.props import StringProperty

from ...engine.shot import MattewrightError
from .. import preferences
from ..install import places
from ..install.builds import BUILDS, Build
from ..install.machine import system
from ..install.request import News, Request
from ..install.session import installer
from ..link import find_python, session
from .base import ExplainedOperator


def chosen_build(*, wait: bool = False) -> Build | None:
    """The build of torch that the preferences name, or that suits the machine; None while that is being found out, unless `wait` is set.

    Raises MattewrightError where torch has none for this machine.
    """
    chosen = preferences.current()
    if chosen is not None and chosen.torch_build != "AUTO":
        build = BUILDS[chosen.torch_build]
        if system() not in build.systems:
            raise MattewrightError(f"Build {build.label}: torch has none of it for this machine ({system()}): choose another, or Automatic")
        return build
    machine = installer.look(wait=wait)
    if machine is None:
        return None
    if not machine.build:
        raise MattewrightError(f"the engine can't run here: {machine.found}")
    return BUILDS[machine.build]


def _print(news: News) -> None:
    print(f"mattewright: {100 * news.share:3.0f} %  {news.text}", flush=True)


INSTALLING = "The engine is being installed"


class WorkerOperator(ExplainedOperator):
    """Has the worker do its `request`; in background it returns when that is done. A MattewrightError becomes the report."""

    def request(self) -> Request:
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> Any:
        try:
            request = self.request()
            if not bpy.app.background:
                installer.start(request)
                return {"FINISHED"}
            ended = installer.run(request, _print)
        except MattewrightError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if ended.event == "done":
            self.report({"INFO"}, ended.text)
            return {"FINISHED"}
        self.report({"ERROR"}, ended.text or "cancelled; what was made so far is kept for the next try")
        return {"CANCELLED"}


class MATTEWRIGHT_OT_engine_install(WorkerOperator, bpy.types.Operator):
    bl_idname = "mattewright.engine_install"
    bl_label = "Install Engine"
    bl_description = "Make the environment that the engine runs in, and fetch a model; what an earlier try has made is kept"

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        if installer.running is not None:
            return INSTALLING
        chosen = preferences.current()
        if not bpy.app.online_access and not (chosen is not None and chosen.packages_folder.strip()):
            return "Blender is offline: allow online access in Preferences > System > Network, or name a Packages Folder to install from"
        return ""

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        installer.look()
        manager: Any = context.window_manager
        return manager.invoke_props_dialog(self, width=460, confirm_text=self.bl_label)

    def draw(self, context: bpy.types.Context) -> None:
        from ..ui import install_parts

        if self.layout is not None:
            install_parts.draw_choices(self.layout)

    def request(self) -> Request:
        build = chosen_build(wait=bpy.app.background)
        if build is None:
            raise MattewrightError("still looking for a GPU: try again in a moment, or choose a Build")
        return places.request(build.name)


class MATTEWRIGHT_OT_engine_install_cancel(ExplainedOperator, bpy.types.Operator):
    bl_idname = "mattewright.engine_install_cancel"
    bl_label = "Cancel"
    bl_description = "Stop the installation; what was made so far is kept for the next try"

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return "" if installer.running is not None else "Nothing is being installed"

    def execute(self, context: bpy.types.Context) -> Any:
        if installer.running is not None:
            installer.running.cancel()
        return {"FINISHED"}


class MATTEWRIGHT_OT_engine_remove(WorkerOperator, bpy.types.Operator):
    bl_idname = "mattewright.engine_remove"
    bl_label = "Remove Engine"
    bl_description = "Delete the engine's environment, and what a broken-off installation has left; model weights and masks stay"

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        if session.running is not None:
            return "A job is running: wait for it, or stop it"
        if installer.running is not None:
            return INSTALLING
        return "" if places.has_any() else "Nothing is installed"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        manager: Any = context.window_manager
        return manager.invoke_confirm(self, event)

    def request(self) -> Request:
        return places.removal()


class MATTEWRIGHT_OT_model_install(WorkerOperator, bpy.types.Operator):
    bl_idname = "mattewright.model_install"
    bl_label = "Install Model"
    bl_description = "Fetch a model's weights into the models folder"

    model: StringProperty(name="Model", description="The model's name; empty for that of the preferences", options={"SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        if installer.running is not None:
            return INSTALLING
        chosen = preferences.current()
        if not bpy.app.online_access and not (chosen is not None and chosen.model_file.strip()):
            return "Blender is offline: allow online access in Preferences > System > Network, or name a Model File"
        return ""

    def request(self) -> Request:
        return places.model_request(self.model, find_python())


class MATTEWRIGHT_OT_install_log_show(ExplainedOperator, bpy.types.Operator):
    bl_idname = "mattewright.install_log_show"
    bl_label = "Show Log"
    bl_description = "Open the installation's log: all that was run, and all that it said"

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return "" if places.log().is_file() else "Nothing was installed yet"

    def execute(self, context: bpy.types.Context) -> Any:
        return bpy.ops.wm.path_open(filepath=str(places.log()))


CLASSES = (
    MATTEWRIGHT_OT_engine_install,
    MATTEWRIGHT_OT_engine_install_cancel,
    MATTEWRIGHT_OT_engine_remove,
    MATTEWRIGHT_OT_model_install,
    MATTEWRIGHT_OT_install_log_show,
)
