"""What all operators have: the clip by name or from the editor, and errors in one line."""

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import StringProperty

from ...engine.shot import MattewrightError
from .. import clips, compositor, properties
from ..translations import phrase

# Blender mixes the operator's own class in; the type checker needs to know of it here.
if TYPE_CHECKING:
    _Operator = bpy.types.Operator
else:
    _Operator = object


NO_OBJECT = "There is no object yet: add one"
NO_PLACE = "Save the .blend first, or set the store folder: the masks need a place"


def shown_shot(context: bpy.types.Context) -> properties.ShotProperties | None:
    """The shot of the context's Movie Clip Editor; None where there is none, and a script says which clip is meant."""
    clip = clips.shown(context)
    return properties.of(clip) if clip is not None else None


def why_no_place(shot: properties.ShotProperties) -> str:
    """Why the shot's files can't be anywhere; empty if they can."""
    return "" if shot.store.strip() or bpy.data.filepath else NO_PLACE


class ExplainedOperator(_Operator):
    """Says why it can't be called, where a button for it is grey."""

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        """The reason, in English or already in the user's language; empty if it can be called."""
        return ""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = cls.why_not(context)
        if reason:
            cls.poll_message_set(phrase(reason))
        return not reason


class ClipOperator(ExplainedOperator):
    """Does its work in `work`; a MattewrightError becomes the report, which a script gets as a RuntimeError."""

    clip: StringProperty(
        name="Clip", description="The movie clip's name; empty for the editor's, or the only one there is", options={"SKIP_SAVE"}
    )

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        """Do it; what to tell the user."""
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> Any:
        try:
            told = self.work(context, clips.of_context(context, self.clip))
        except MattewrightError as error:
            self.report({"ERROR"}, " ".join(str(error).split()))
            return {"CANCELLED"}
        if told:
            self.report({"INFO"}, told)
        return {"FINISHED"}

    def follow(self, clip: bpy.types.MovieClip) -> None:
        """Let the clip's nodes be those of its objects as they are now; files that were made otherwise are stale until a job has run."""
        problem = compositor.follow(clip)
        if problem:
            self.report({"WARNING"}, problem)


class ObjectOperator(ClipOperator):
    """Works on one object: that called `object`, or the active one."""

    object: StringProperty(name="Object", description="The object's name; empty for the active one", options={"SKIP_SAVE"})

    def chosen(self, clip: bpy.types.MovieClip) -> properties.MatteObject:
        shot = properties.of(clip)
        if self.object:
            return properties.of_name(shot.objects, self.object)
        active = properties.active_object(shot)
        if active is None:
            raise MattewrightError(f"clip '{clip.name}': no object yet: add one")
        return active
