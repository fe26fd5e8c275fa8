"""Clicks on a frame that is tracked mend what was tracked: its mask becomes a prompt. With the real engine, without the model."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from addon_fixtures import disc_clip, pump, read_picture
from mattewright.addon import document, paths, preview, properties, store
from mattewright.addon.link import session
from mattewright.addon.preview import live, prompting
from mattewright.addon.tool import gestures as g
from mattewright.addon.tool import mending as module
from mattewright.addon.tool import prompt_tool, state
from mattewright.addon.tool.actions import mends, perform
from mattewright.addon.tool.mending import grey_png, is_tracked_mask, mending
from mattewright.addon.ui.placement import Placement
from mattewright.engine.shot import MattewrightError

FIRST, COUNT, SIZE = 11, 6, (96, 64)
PLACE = Placement(0.0, 0.0, 96.0, 64.0)


@pytest.fixture
def clip(tmp_path: Path):
    """A clip whose object `dog` was prompted on the first frame and tracked on all but the last."""
    loaded, dog = disc_clip(tmp_path / "ä", FIRST, COUNT, SIZE)
    properties.add_refine(dog, "grow", pixels=9)
    store.pin(loaded)
    perform(g.AddPoint((40.0, 14.0), True), loaded, FIRST, PLACE)
    yield loaded
    mending.forget()
    prompting.stop()
    live.close()
    preview.settings.current().show = False


def dog(clip):
    return properties.of(clip).objects[0]


def mask_on(clip, frame: int) -> str:
    pump(lambda: mending.mask(clip, dog(clip), frame) is not None)
    return mending.mask(clip, dog(clip), frame)


def test_the_mask_is_what_was_tracked_before_the_chain(clip) -> None:
    frame = FIRST + 3
    assert mending.mask(clip, dog(clip), frame) is None, "it is on its way"
    said = mask_on(clip, frame)
    assert said.startswith("//") and is_tracked_mask(said)
    shown = read_picture(paths.absolute(said, clip))
    shown = shown.reshape(*shown.shape[:2], -1)[..., 0] if shown.ndim > 2 else shown
    assert shown.shape[:2] == (64, 96)
    rows, columns = np.mgrid[0:64, 0:96]
    # `write_logits` has a disk of radius 18 in 64 x 64.
    expected = np.hypot((columns + 0.5) * 64 / 96 - 0.5 - 33, rows - 33) < 18
    assert ((shown > 0.5 * shown.max()) == expected).mean() > 0.985, "and not grown"
    asked = mending.mask(clip, dog(clip), frame)
    assert asked == said and not mending.waiting, "it is made once"


def test_where_a_prompt_says_the_object_anew(clip) -> None:
    item = dog(clip)
    assert mending.mask(clip, item, FIRST) == "", "a prompted frame"
    assert mending.mask(clip, item, FIRST + COUNT - 1) == "", "one that is not tracked"
    assert mending.mask(clip, None, FIRST + 1) == "", "no object"
    perform(g.Delete((40.0, 14.0)), clip, FIRST, PLACE)
    assert mending.mask(clip, item, FIRST + 1) == "", "what is tracked is of prompts that are gone"
    assert mends(g.AddPoint((0, 0), True)) and mends(g.AddScribble(((0, 0),), False)) and mends(g.Hover((0, 0)))
    assert not mends(g.SetBox((0, 0), (1, 1))) and not mends(g.NewObject())


def test_a_click_that_mends_is_in_the_document_and_one_deletion_takes_it_back(clip) -> None:
    frame, item = FIRST + 2, dog(clip)
    said = mask_on(clip, frame)
    assert perform(g.AddPoint((30.0, 20.0), False), clip, frame, PLACE, mask=said) == "Take Away Point"
    prompts = document.shot_of(clip).object("dog").prompts
    assert [known.frame for known in prompts] == [FIRST, frame]
    assert prompts[1].mask is not None and (store.folder(clip) / prompts[1].mask).is_file()
    assert [point.positive for point in prompts[1].points] == [False]
    assert mending.mask(clip, item, frame) == "", "the next click comes on top"
    perform(g.AddPoint((50.0, 20.0), True), clip, frame, PLACE)
    perform(g.Delete((50.0, 20.0)), clip, frame, PLACE)
    assert properties.prompts_at(item, frame).mask == said
    perform(g.Delete((30.0, 20.0)), clip, frame, PLACE)
    assert properties.prompts_at(item, frame) is None, "with nothing on top of it, it is no prompt"
    assert mending.mask(clip, item, frame) == said


def test_hovering_shows_what_would_be_mended(clip) -> None:
    frame = FIRST + 1
    prompting.state.clip, prompting.state.scene = clip.name_full, bpy.context.scene.name
    said = mask_on(clip, frame)
    perform(g.Hover((30.0, 20.0), False), clip, frame, PLACE, mask=said)
    wanted = prompting.wanted(clip, frame)
    assert wanted.prompts.mask is not None and len(wanted.prompts.points) == 1
    assert prompting.wanted(clip, frame + 1).prompts.mask is None, "it is that frame's"
    perform(g.PickNext(1), clip, frame, PLACE)
    assert prompting.state.hover is None


def test_clicks_wait_in_their_order_until_the_mask_is_there(clip) -> None:
    """As the tool has them: what the hand means is done when it can be."""
    frame, hand = FIRST + 4, state.Hand()
    told: list[str] = []
    waits = [state.Waiting(action, clip.name_full, frame, PLACE) for action in (g.AddPoint((30.0, 20.0), False), g.NewObject())]
    hand.waiting += waits
    prompt_tool.go_on(hand, told.append)
    assert hand.waiting == waits and len(properties.of(clip).objects) == 1, "also what mends nothing waits for its turn"
    mask_on(clip, frame)
    prompt_tool.go_on(hand, told.append)
    assert not hand.waiting and len(properties.of(clip).objects) == 2
    said = properties.prompts_at(dog(clip), frame)
    assert is_tracked_mask(said.mask) and len(said.points) == 1
    gone = state.Waiting(g.NewObject(), "no such clip", frame, PLACE)
    hand.waiting.append(gone)
    prompt_tool.go_on(hand, told.append)
    assert not hand.waiting and not told and len(properties.of(clip).objects) == 2
    hand.waiting.append(state.Waiting(g.AddPoint((900.0, 20.0), True), clip.name_full, frame, PLACE))
    prompt_tool.go_on(hand, told.append)
    assert told == ["that is outside the picture"] and not hand.waiting, "what can't be done holds nothing up"


def test_an_engine_that_fails_is_one_clear_line_and_is_asked_again(clip, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = FIRST + 1

    def fails(method, params, on_done) -> None:
        on_done(None, MattewrightError("the engine is gone"))

    with monkeypatch.context() as patched:
        patched.setattr(session, "ask", fails)
        assert mending.mask(clip, dog(clip), frame) is None
    mending._waiting = None
    assert is_tracked_mask(mask_on(clip, frame))


def test_grey_pictures_and_names(tmp_path: Path) -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    path = tmp_path / "grey.png"
    path.write_bytes(grey_png(pixels))
    image = bpy.data.images.load(str(path))
    assert tuple(image.size) == (4, 3)
    assert is_tracked_mask("//x/dog_0012_tracked0a1b2c3d.png") and not is_tracked_mask("//x/dog_0012.png")
    assert not is_tracked_mask("//x/dog_0012_12ab.png") and not is_tracked_mask("")
    assert module.MARK == "tracked"
