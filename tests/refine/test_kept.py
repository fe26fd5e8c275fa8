"""What a chain keeps, and that work on it can be stopped."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from refine_scenes import Scene, disk

from engine import interrupt
from engine.refine import OPS, Box, Chain, Region
from engine.refine.kept import Kept, Packed
from engine.refine.op import Op
from engine.shot import RefineStep

SIZE = (40, 60)
VALUES = st.sampled_from([0.0, 1.0]) | st.floats(0, 1, width=32)


@settings(deadline=None)
@given(values=arrays(np.float32, st.tuples(st.integers(0, 9), st.integers(0, 17)), elements=VALUES), top=st.integers(0, 9))
def test_what_is_packed_comes_back_to_the_bit(values: np.ndarray, top: int) -> None:
    region = Region(Box(top, 3, top + values.shape[0], 3 + values.shape[1]), values)
    found = Packed.of(region).region()
    assert found.box == region.box and found.values.dtype == np.float32 and np.array_equal(found.values, values)


def test_a_hard_mask_packs_into_a_thirtieth() -> None:
    region = Region(Box(0, 0, 400, 600), disk((400, 600), (300, 200), 150))
    assert Packed.of(region).nbytes * 30 < region.values.nbytes


def moving() -> Scene:
    return Scene({frame: disk(SIZE, (5 + frame, 20), 8, soft=True) for frame in range(1, 50)})


@pytest.mark.parametrize("masks", [64 << 20, 20_000])
def test_stacked_steps_that_look_around_are_worked_once_a_frame(masks: int) -> None:
    """With room for all of it, and with room for two masks beside what is packed."""
    steps = [RefineStep("temporal_median", {"frames": 8}), RefineStep("fill_flicker", {"frames": 4}), RefineStep("temporal_smooth")]
    worked: Counter[tuple[str, int]] = Counter()

    def counting(name: str, op: Op) -> Op:
        def counted(mask: Any, context: Any, values: Any) -> Any:
            worked[name, context.frame] += 1
            return op.function(mask, context, values)

        return replace(op, function=counted)

    plain = Chain(steps, moving())
    with patch.dict(OPS, {step.op: counting(step.op, op) for step in steps if isinstance(op := OPS[step.op], Op)}):
        chain = Chain(steps, moving(), Kept(masks, 1 << 20))
        found = {frame: chain.mask(frame) for frame in range(20, 30)}
    assert set(worked.values()) == {1}
    assert len(worked) == 10 + (10 + 2 * 2) + (10 + 2 * 2 + 2 * 4)
    for frame in (20, 29):
        alone, kept = Chain(steps, moving()).mask(frame), found[frame]
        assert alone is not None and kept is not None and np.array_equal(alone.over(Box.whole(SIZE)), kept.over(Box.whole(SIZE)))
    assert plain.mask(99) is None


def test_several_threads_make_each_mask_once() -> None:
    kept, made, begun = Kept(), Counter[int](), threading.Barrier(4)

    def work() -> None:
        begun.wait()
        for number in range(30):
            assert kept.mask(number, lambda number=number: made.update([number]) or Region(Box(0, 0, 1, 1), np.ones((1, 1), np.float32)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == Counter(range(30))


def test_what_could_not_be_made_is_asked_for_again() -> None:
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.mask(1, lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    assert kept.mask(1, lambda: None) is None
    assert kept.mask(1, Region.nothing) is not None


def test_a_frame_is_given_up_between_two_ops() -> None:
    asked = iter([False] * 5 + [True])
    with interrupt.unless(lambda: next(asked)), pytest.raises(interrupt.Interrupted):
        Chain([RefineStep("temporal_median", {"frames": 8})] * 2, moving()).mask(25)
    assert next(asked, None) is None
