"""Prompting in the Movie Clip Editor: a modal operator, as that editor has no tools of the toolbar's kind, and its key.

One hand a window: it prompts in whichever of the window's Movie Clip Editors it is over. Whatever is no gesture goes on to Blender.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ...engine.shot import MattewrightError
from .. import frames, preview, properties
from ..link import redraw_clip_editors, session
from ..translations import phrase
from ..ui.placement import placement
from . import state
from .actions import mends, perform
from .gestures import Action, Gestures, Hover, Input, Leave
from .mending import mending
from .over import Over, editors, held, is_for_frames, under_mouse
from .state import Hand, Waiting

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
MENDS = "Clicks mend what was tracked, a box says it anew"

# What the stubs say of these differs from version to version.
_undo: Any = bpy.ops.ed
_clip_menu: Any = bpy.types.CLIP_MT_clip
_keys: list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]] = []


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
        self._meet(window, hand, under_mouse(window, event))
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
        if (hand.ends and not hand.waiting) or not editors(window):
            leave(window)
            return {"FINISHED", "PASS_THROUGH"}
        if event.type.startswith("TIMER"):
            if mending.waiting:
                session.pump()
            go_on(hand, self._warn)
            self._tell(window, hand)
            return {"PASS_THROUGH"}
        over = held(window, hand) if hand.gestures.busy else under_mouse(window, event)
        if over is not None and event.type == "LEFTMOUSE" and not hand.gestures.busy and is_for_frames(context, over, event):
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
            if hand.waiting and not hand.ends:
                hand.ends = True  # as soon as what was meant is done; a second time at once
                return {"RUNNING_MODAL"}
            leave(window)
            return {"FINISHED"}
        if taken.action is not None and over is not None:
            self._do(taken.action, window, hand, over)
            self._tell(window, hand)
        elif isinstance(taken.action, Hover):
            hand.hover = preview.prompting.state.hover = None
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

    def _do(self, action: Action, window: bpy.types.Window, hand: Hand, over: Over) -> None:
        """Do what the hand meant, as soon as it can be done."""
        place, scene = placement(over.region), window.scene
        refusal = state.refusal(over.space)
        if place is None or scene is None:
            return
        meant = Waiting(action, over.clip.name_full, scene.frame_current, place)
        if isinstance(action, Hover):
            hand.hover = meant
        elif refusal:
            self._warn(refusal)
        else:
            hand.waiting.append(meant)
        go_on(hand, self._warn)

    def _warn(self, text: str) -> None:
        self.report({"WARNING"}, " ".join(text.split()))

    def _tell(self, window: bpy.types.Window, hand: Hand) -> None:
        """What the status bar says: the keys, the object, and whether the model is at work."""
        status = status_text()
        if status != hand.status:
            hand.status = status
            window.workspace.status_text_set(status)


def go_on(hand: Hand, warn: Callable[[str], None]) -> None:
    """Do what waits, in its order, as far as the masks that it mends are there; each is one step to be undone."""
    while hand.waiting and (step := _done(hand.waiting[0], warn)) is not None:
        del hand.waiting[0]
        if step and _undo.undo_push.poll():
            _undo.undo_push(message=step)
        redraw_clip_editors()  # which asks for the mask, too
    if hand.hover is not None and not hand.waiting and _done(hand.hover, warn) is not None:
        hand.hover = None
        preview.look_now()


def _done(meant: Waiting, warn: Callable[[str], None]) -> str | None:
    """Do it; what to call the step, empty where nothing is to be undone. None where it has to wait."""
    action, clip = meant.action, meant.found()
    if clip is None:
        return ""
    try:
        preview.prompting.note(clip, meant.frame)
        item = properties.active_object(properties.of(clip))
        mask = mending.mask(clip, item, meant.frame) if mends(action) else ""
        return None if mask is None else perform(action, clip, meant.frame, meant.place, state.scale(), mask)
    except MattewrightError as error:
        warn(str(error))
        return ""


def status_text() -> str:
    """The object that is prompted and the keys; what the model is at, if that takes long."""
    found = next((clip for clip in bpy.data.movieclips if clip.name_full == preview.prompting.state.clip), None)
    item = properties.active_object(properties.of(found)) if found is not None else None
    scene = bpy.data.scenes.get(preview.prompting.state.scene)
    parts = [phrase(LOOKING)] if preview.live.looking > PATIENCE else []
    parts.append(str(item.name) if item is not None else phrase("New object"))
    if found is not None and item is not None and scene is not None and _is_tracked(found, item, scene.frame_current):
        parts.append(phrase(MENDS))
    return "   |   ".join([*parts, phrase(KEYS)])


def _is_tracked(clip: bpy.types.MovieClip, item: properties.MatteObject, frame: int) -> bool:
    """Whether clicks on the frame mend what was tracked, as far as the engine has said; this looks at no file."""
    known = frames.of_object(clip, item.name)
    tracked = known is not None and any(first <= frame <= last for first, last in known.tracked)
    return tracked and len(item.prompts) > 0 and properties.prompts_at(item, frame) is None


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
        mending.forget()
    redraw_clip_editors()  # which asks for the mask that is shown now


def _quieten() -> None:
    """Give every status bar back that no hand uses; the user may have changed to another workspace meanwhile."""
    manager = bpy.context.window_manager
    used = {window.workspace.name for window in (manager.windows if manager else ()) if window.as_pointer() in state.hands}
    for workspace in bpy.data.workspaces:
        if workspace.name not in used:
            workspace.status_text_set(None)


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
