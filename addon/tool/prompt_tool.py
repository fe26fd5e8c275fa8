"""Prompting in the Movie Clip Editor: a modal operator, as that editor has no tools of the toolbar's kind, and its key.

One hand a window: it prompts in whichever of the window's Movie Clip Editors it is over. Whatever is no gesture goes on to Blender.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import bpy
from bpy.app.handlers import persistent

from ...engine.shot import MattewrightError
from .. import preview, properties
from ..link import redraw_clip_editors
from ..ui import strip, strip_marks
from ..ui.placement import placement
from . import state
from .actions import perform
from .gestures import Action, Gestures, Hover, Input, Leave
from .state import Hand

KEY = "K"
"""In the Movie Clip Editor Blender has it for nothing."""
TICK = 0.1
"""Seconds between two looks at what the status bar has to say."""
PATIENCE = 0.3
"""Seconds after which the user is told that the model is at work."""
KEYS = (
    "Click: add   Ctrl-Click: take away   Drag: box   Alt-Drag: scribble   Shift: show what a click selects   "
    "X: delete   1-9: object   N: new   Tab: next   Esc: leave"
)
LOOKING = "Looking at the picture..."

# What the stubs say of these differs from version to version.
_undo: Any = bpy.ops.ed
_clip_menu: Any = bpy.types.CLIP_MT_clip
_keys: list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]] = []


class Over(NamedTuple):
    """The editor that the mouse is over. Not to be kept."""

    area: bpy.types.Area
    region: bpy.types.Region
    space: bpy.types.SpaceClipEditor
    clip: bpy.types.MovieClip


class MATTEWRIGHT_OT_prompt_tool(bpy.types.Operator):
    bl_idname = "mattewright.prompt_tool"
    bl_label = "Prompt Objects"
    bl_description = "Say what you want by clicking on it; again to leave"
    bl_options = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        space = context.space_data
        return isinstance(space, bpy.types.SpaceClipEditor) and space.clip is not None and space.view == "CLIP"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        window, manager, space = context.window, context.window_manager, context.space_data
        if window is None or manager is None or not isinstance(space, bpy.types.SpaceClipEditor):
            return {"CANCELLED"}
        known = state.hands.get(window.as_pointer())
        if known is not None:
            known.ends = True
            return {"CANCELLED"}
        refusal = state.refusal(space)
        if refusal:
            self.report({"WARNING"}, refusal)
            return {"CANCELLED"}
        hand = state.hands[window.as_pointer()] = Hand()
        hand.timer = manager.event_timer_add(TICK, window=window)
        hand.gestures = Gestures(state.scale())
        chosen = preview.settings.current()
        if chosen is not None and not chosen.show:
            chosen.show = True  # each prompt's mask is shown as it is given
        manager.modal_handler_add(self)
        self._meet(window, hand, _over(window, event))
        self._tell(window, hand)
        redraw_clip_editors()
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        window = context.window
        hand = state.hands.get(window.as_pointer()) if window else None
        if window is None or hand is None:
            return {"CANCELLED", "PASS_THROUGH"}
        try:
            return self._handled(context, window, hand, event)
        except BaseException:
            leave(window)
            raise

    def cancel(self, context: bpy.types.Context) -> None:
        if context.window is not None:
            leave(context.window)

    def _handled(self, context: bpy.types.Context, window: bpy.types.Window, hand: Hand, event: bpy.types.Event) -> Any:
        if hand.ends or not _editors(window):
            leave(window)
            return {"FINISHED", "PASS_THROUGH"}
        if event.type.startswith("TIMER"):
            self._tell(window, hand)
            return {"PASS_THROUGH"}
        over = _held(window, hand) if hand.gestures.busy else _over(window, event)
        if over is not None and event.type == "LEFTMOUSE" and not hand.gestures.busy and _is_for_frames(context, over, event):
            over = None
        if hand.gestures.busy and over is None:
            hand.gestures.drop()
        elif not hand.gestures.busy:
            self._meet(window, hand, over)
        at = (float(event.mouse_x - over.region.x), float(event.mouse_y - over.region.y)) if over else (0.0, 0.0)
        taken = hand.gestures.take(
            Input(
                type=event.type,
                value=event.value,
                at=at,
                ctrl=event.ctrl,
                shift=event.shift,
                alt=event.alt,
                system=event.oskey,
                inside=over is not None,
                repeated=event.is_repeat,
            )
        )
        if isinstance(taken.action, Leave):
            leave(window)
            return {"FINISHED"}
        if taken.action is not None and over is not None:
            self._do(taken.action, window, over)
            self._tell(window, hand)
        elif isinstance(taken.action, Hover):
            preview.prompting.state.hover = None
        if taken.redraw and over is not None:
            over.region.tag_redraw()
        return {"RUNNING_MODAL"} if taken.handled else {"PASS_THROUGH"}

    def _meet(self, window: bpy.types.Window, hand: Hand, over: Over | None) -> None:
        """The editor that the mouse is over is the one whose clip is prompted, until it is over another."""
        if over is None or window.scene is None:
            return
        prompted = preview.prompting.state
        hand.area = over.area.as_pointer()
        if (prompted.clip, prompted.scene) != (over.clip.name_full, window.scene.name):
            prompted.clip, prompted.scene, prompted.hover = over.clip.name_full, window.scene.name, None
            over.area.tag_redraw()

    def _do(self, action: Action, window: bpy.types.Window, over: Over) -> None:
        """Do what the hand meant, as one step to be undone."""
        place, scene = placement(over.region), window.scene
        refusal = state.refusal(over.space)
        if place is None or scene is None:
            return
        try:
            if refusal and not isinstance(action, Hover):
                raise MattewrightError(refusal)
            step = perform(action, over.clip, scene.frame_current, place, state.scale())
        except MattewrightError as error:
            self.report({"WARNING"}, " ".join(str(error).split()))
            step = ""
        if step and _undo.undo_push.poll():
            _undo.undo_push(message=step)
        if isinstance(action, Hover):
            preview.look_now()
        else:
            redraw_clip_editors()  # which asks for the mask, too

    def _tell(self, window: bpy.types.Window, hand: Hand) -> None:
        """What the status bar says: the keys, the object, and whether the model is at work."""
        status = status_text()
        if status != hand.status:
            hand.status = status
            window.workspace.status_text_set(status)


def status_text() -> str:
    """The object that is prompted and the keys; what the model is at, if that takes long."""
    found = next((clip for clip in bpy.data.movieclips if clip.name_full == preview.prompting.state.clip), None)
    item = properties.active_object(properties.of(found)) if found is not None else None
    parts = [LOOKING] if preview.live.looking > PATIENCE else []
    parts.append(str(item.name) if item is not None else "New object")
    return "   |   ".join([*parts, KEYS])


def leave(window: bpy.types.Window) -> None:
    """The window's hand goes; may be called at any time."""
    hand = state.hands.pop(window.as_pointer(), None)
    if hand is None:
        return
    manager = bpy.context.window_manager
    if hand.timer is not None and manager is not None:
        manager.event_timer_remove(hand.timer)
    _quieten()
    if not state.hands:
        preview.prompting.stop()
    redraw_clip_editors()  # which asks for the mask that is shown now


def _quieten() -> None:
    """Give every status bar back that no hand uses; the user may have changed to another workspace meanwhile."""
    manager = bpy.context.window_manager
    used = {window.workspace.name for window in (manager.windows if manager else ()) if window.as_pointer() in state.hands}
    for workspace in bpy.data.workspaces:
        if workspace.name not in used:
            workspace.status_text_set(None)


def _editors(window: bpy.types.Window) -> list[Over]:
    """The window's Movie Clip Editors that show a clip."""
    found = []
    for area in window.screen.areas if window.screen else ():
        space = area.spaces.active
        if isinstance(space, bpy.types.SpaceClipEditor) and space.clip is not None and space.view == "CLIP":
            found += [Over(area, region, space, space.clip) for region in area.regions if region.type == "WINDOW"]
    return found


def _over(window: bpy.types.Window, event: bpy.types.Event) -> Over | None:
    """The editor whose clip the mouse is over; None where another region, such as the sidebar, lies there."""
    x, y = event.mouse_x, event.mouse_y
    for found in _editors(window):
        if _has(found.region, x, y):
            others = (region for region in found.area.regions if region.type not in ("WINDOW", "HUD"))
            return None if any(_has(region, x, y) for region in others) else found
    return None


def _held(window: bpy.types.Window, hand: Hand) -> Over | None:
    """The editor that the hand began to draw in, wherever the mouse is."""
    return next((found for found in _editors(window) if found.area.as_pointer() == hand.area), None)


def _is_for_frames(context: bpy.types.Context, over: Over, event: bpy.types.Event) -> bool:
    """Whether the mouse is on the frame strip, or on the editor's own line of frames below it: a press there goes to a frame."""
    override: Any = context.temp_override  # of which 5.2's stubs don't know what it gives
    with override(area=over.area, region=over.region):
        shown = strip.strip_of(bpy.context)
    top = shown.top if shown is not None else strip_marks.LINE * state.scale()
    return bool(event.mouse_y - over.region.y < top)


def _has(region: bpy.types.Region, x: int, y: int) -> bool:
    return region.width > 1 and region.height > 1 and 0 <= x - region.x < region.width and 0 <= y - region.y < region.height


def _menu(self: Any, context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.operator(MATTEWRIGHT_OT_prompt_tool.bl_idname, icon="RESTRICT_SELECT_OFF")


@persistent  # type: ignore[untyped-decorator]
def _loading(path: str, *rest: object) -> None:
    """Another file: the windows, their timers and their hands go."""
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        leave(window)
    state.hands.clear()


def register() -> None:
    bpy.utils.register_class(MATTEWRIGHT_OT_prompt_tool)
    _clip_menu.append(_menu)
    bpy.app.handlers.load_pre.append(_loading)
    manager = bpy.context.window_manager
    keys = manager.keyconfigs.addon if manager else None
    if keys is not None:
        keymap = keys.keymaps.new(name="Clip Editor", space_type="CLIP_EDITOR")
        items: Any = keymap.keymap_items
        _keys.append((keymap, items.new(MATTEWRIGHT_OT_prompt_tool.bl_idname, KEY, "PRESS")))


def unregister() -> None:
    while _keys:
        keymap, item = _keys.pop()
        keymap.keymap_items.remove(item)
    bpy.app.handlers.load_pre.remove(_loading)
    _loading("")
    _clip_menu.remove(_menu)
    bpy.utils.unregister_class(MATTEWRIGHT_OT_prompt_tool)
