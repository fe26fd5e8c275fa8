"""What holds for each op, at its defaults, its limits and everything between: walked by the declarations."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refine_scenes import AS_IT_IS, Scene, disk, names_given, run, settings_of

from engine.refine import CATALOGUE, OPS, Box, Chain
from engine.refine.op import Op, PictureOp
from engine.shot import Declaration, KeyedValue, Parameter, Polygon, RefineStep

FRAMES = range(1, 6)
HERE = 3
MASK_OPS = [name for name, op in OPS.items() if isinstance(op, Op)]
PICTURE_OPS = [name for name, op in OPS.items() if isinstance(op, PictureOp)]


def blob(random: np.random.Generator, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """A few disks in a corner of the picture, hard or soft, with holes and specks."""
    height, width = size
    made = np.zeros(size, np.float32)
    place = random.uniform((0.2, 0.2), (0.8, 0.8)) * (width, height)
    for _ in range(3):
        centre = place + random.normal(0, 3, 2)
        made = np.maximum(made, disk(size, (centre[0], centre[1]), random.uniform(1, 7), soft=bool(random.integers(2))))
    made *= random.random(size) < 0.97
    return np.asarray(made, np.float32)


def scene(seed: int, size: tuple[int, int] = (41, 56), missing: int | None = None) -> Scene:
    random = np.random.default_rng(seed)
    masks = {frame: blob(random, size) for frame in FRAMES if frame != missing}
    pictures = {frame: random.random((*size, 3), dtype=np.float32) for frame in FRAMES}
    corners = [(float(x), float(y)) for x, y in random.uniform(-10, 60, (5, 2))]
    outlines = (Polygon(tuple(corners)), Polygon(tuple(corners[:3]), 0.5, True))
    other = blob(random, size)
    return Scene(masks, pictures, other, outlines, {frame: 2 * random.random(size, dtype=np.float32) for frame in FRAMES})


def value_of(parameter: Parameter) -> st.SearchStrategy[KeyedValue]:
    if parameter.kind == "choice":
        return st.sampled_from(parameter.choices)
    if parameter.kind == "bool":
        return st.booleans()
    if parameter.kind == "color":
        return st.tuples(*[st.floats(0, 1)] * 3)
    assert parameter.low is not None and parameter.high is not None
    if parameter.unit == "frame":
        return st.integers(0, 6)
    if parameter.kind == "int":
        return st.integers(int(parameter.low), int(min(parameter.high, 300)))
    near = st.floats(max(parameter.low, -8), min(parameter.high, 8))
    return (
        near
        | st.integers(math.ceil(max(parameter.low, -20)), int(min(parameter.high, 20)))
        | st.sampled_from([parameter.low, parameter.high])
    )


def values_of(declaration: Declaration) -> st.SearchStrategy[dict[str, KeyedValue]]:
    free = {parameter.name: value_of(parameter) for parameter in declaration.parameters if parameter.kind not in ("object", "mask")}
    return st.fixed_dictionaries(free).map(lambda values: {**names_given(declaration), **values})


class Copying:
    """Hands out copies of a scene's pictures, and remembers them."""

    def __init__(self, of: Scene) -> None:
        self.of = of
        self.given: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.of, name)

    def picture(self, frame: int) -> npt.NDArray[np.float32]:
        handed = self.of.picture(frame)
        self.given.append((handed, handed.copy()))
        return handed


def checked(name: str, values: dict[str, KeyedValue], of: Scene, frame: int = HERE) -> npt.NDArray[np.float32]:
    """The op's mask; what comes out is what ops may make, and what went in is as it was."""
    op = OPS[name]
    assert isinstance(op, Op)
    seen: list[tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]] = []

    def watched(mask: npt.NDArray[np.float32], context: Any, given: Any) -> npt.NDArray[np.float32]:
        before = mask.copy()
        made = op.function(mask, context, given)
        seen.append((mask, before, made))
        return made

    pictures = Copying(of)
    with patch.dict(OPS, {name: replace(op, function=watched)}):
        made = run(pictures, AS_IT_IS, RefineStep(name, values), frame=frame)  # type: ignore[arg-type]
    for mask, before, result in seen:
        assert np.array_equal(mask, before), "it wrote to its input"
        assert result.dtype == np.float32 and result.shape == mask.shape
        assert np.isfinite(result).all() and result.min(initial=0) >= 0 and result.max(initial=0) <= 1
    for handed, before in pictures.given:
        assert np.array_equal(handed, before, equal_nan=True), "it wrote to the picture"
    return made


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (2, 2), (23, 31)])
@pytest.mark.parametrize("kind", ["blob", "empty", "full", "grey"])
@pytest.mark.parametrize("name", MASK_OPS)
def test_every_op_runs_at_its_defaults_and_limits(name: str, kind: str, size: tuple[int, int]) -> None:
    of = scene(7, size)
    masks = {"empty": np.zeros(size, np.float32), "full": np.ones(size, np.float32), "grey": np.full(size, 0.5, np.float32)}
    if kind in masks:
        of = replace(of, masks=dict.fromkeys(FRAMES, masks[kind]))
    for values in settings_of(CATALOGUE[name]):
        checked(name, values, of)


@pytest.mark.parametrize("name", MASK_OPS)
def test_pictures_of_anything_but_numbers(name: str) -> None:
    of = scene(11)
    broken = of.pictures[HERE].copy()
    broken[10:20, 10:20], broken[20:25], broken[:, 30:33] = np.nan, np.inf, -np.inf
    broken[30:35] = 7.5
    for picture in (broken, np.full_like(broken, np.nan), np.zeros_like(broken), np.ones_like(broken)):
        for values in settings_of(CATALOGUE[name]):
            checked(name, values, replace(of, pictures=dict.fromkeys(FRAMES, picture)))


@pytest.mark.parametrize("name", MASK_OPS)
def test_logits_that_are_no_numbers_are_not_the_object(name: str) -> None:
    of = scene(13)
    real = of.masks[HERE].copy()
    holed = real.copy()
    holed[10:20, 10:20] = 0

    class Broken(Scene):
        def logits(self, frame: int) -> npt.NDArray[np.float16] | None:
            found = super().logits(frame)
            if found is not None and frame == HERE:
                found[10:20, 10:20] = np.nan
            return found

    broken = Broken({**of.masks, HERE: real}, of.pictures, of.other, of.outlines)
    whole = replace(of, masks={**of.masks, HERE: holed})
    steps = AS_IT_IS, RefineStep(name, names_given(CATALOGUE[name]))
    assert np.array_equal(run(broken, *steps, frame=HERE), run(whole, *steps, frame=HERE))


@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("name", MASK_OPS)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), missing=st.sampled_from([None, 2, 4, 5]))
def test_the_box_makes_no_difference(name: str, data: st.DataObject, seed: int, missing: int | None) -> None:
    values = data.draw(values_of(CATALOGUE[name]))
    of, op = scene(seed, missing=missing), OPS[name]
    assert isinstance(op, Op)
    in_box = checked(name, values, of)
    with patch.dict(
        OPS,
        {name: replace(op, margin=lambda values: None, cut=lambda values: None, hard=lambda values: None, confined=lambda values: False)},
    ):
        whole = run(of, AS_IT_IS, RefineStep(name, values), frame=HERE)
    assert np.allclose(in_box, whole, rtol=0, atol=2e-5), float(np.abs(in_box - whole).max())


@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("name", [name for name in MASK_OPS if name in ("threshold", "levels", "band", "hysteresis")])
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_what_the_first_op_cuts_off_is_nothing(name: str, data: st.DataObject, seed: int) -> None:
    values = data.draw(values_of(CATALOGUE[name]))
    op = OPS[name]
    assert isinstance(op, Op)
    random = np.random.default_rng(seed)
    size = 8, 9
    pictures = {1: random.random((*size, 3), dtype=np.float32)}
    of = Scene({1: random.random(size, dtype=np.float32) ** 3}, pictures, depths={1: random.random(size, dtype=np.float32)})
    found = run(of, RefineStep(name, values))
    with patch.dict(
        OPS,
        {name: replace(op, margin=lambda values: None, cut=lambda values: None, hard=lambda values: None, confined=lambda values: False)},
    ):
        whole = run(of, RefineStep(name, values))
    assert np.allclose(found, whole, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("threshold", {}),
        ("open", {"pixels": 2}),
        ("close", {"pixels": 2}),
        ("open", {"pixels": 15}),
        ("close", {"pixels": 15}),
        ("fill_holes", {}),
        ("fill_holes", {"largest": 3}),
        ("remove_specks", {"smallest": 9}),
        ("keep_largest", {"count": 2}),
        ("convex_hull", {}),
        ("picture_threshold", {}),
        ("band", {}),
        ("hysteresis", {}),
        ("hysteresis", {"on": "mask"}),
        ("hue_key", {"softness": 0.0}),
        ("chroma_key", {"softness": 0.0, "tolerance": 0.5}),
        ("garbage_matte", {}),
        ("combine_object", {}),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_twice_is_as_once(name: str, values: dict[str, KeyedValue], seed: int) -> None:
    of = scene(seed)
    of = replace(of, masks={HERE: np.round(of.masks[HERE])}, other=np.round(np.asarray(of.other)))
    if name == "garbage_matte":  # along its edge it takes part of what is there each time
        of = replace(of, outlines=(Polygon(((5.0, 5.0), (30.0, 5.0), (30.0, 35.0), (5.0, 35.0))),))
    step = RefineStep(name, {**names_given(CATALOGUE[name]), **values})
    once = run(of, RefineStep("threshold"), step, frame=HERE)
    assert np.array_equal(once, run(of, RefineStep("threshold"), step, step, frame=HERE))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (2, 3), (23, 31), (40, 64)])
@pytest.mark.parametrize("name", PICTURE_OPS)
def test_picture_ops_make_pictures(name: str, size: tuple[int, int]) -> None:
    op = OPS[name]
    assert isinstance(op, PictureOp)
    random = np.random.default_rng(3)
    broken = random.random((*size, 3), dtype=np.float32)
    broken[::3, ::2] = np.nan
    for picture in (random.random((*size, 3), dtype=np.float32), np.zeros((*size, 3), np.float32), np.ones((*size, 3), np.float32), broken):
        before = picture.copy()
        for values in settings_of(op.declaration):
            made = op.function(picture, op.declaration.values_at(values, 1))
            assert made.shape == picture.shape and made.dtype == np.float32
            assert np.isfinite(made).all() and made.min() >= 0 and made.max() <= 1
            assert np.array_equal(picture, before, equal_nan=True)


@pytest.mark.parametrize("name", MASK_OPS)
def test_an_object_that_was_not_tracked_has_no_mask(name: str) -> None:
    of = scene(1, missing=HERE)
    assert Chain([RefineStep(name, names_given(CATALOGUE[name]))], of).mask(HERE) is None
    assert Box.whole(of.size).size == of.size
