"""What every op says of itself; walked, so that an op that is added is tested too."""

from __future__ import annotations

import re

import pytest

from engine import shot
from engine.refine import CATALOGUE, OPS

FAMILIES = ["Threshold", "Key", "Levels", "Combine", "Shape", "Edge", "Picture", "Time"]


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_op_is_declared_in_full(name: str) -> None:
    declaration = CATALOGUE[name]
    assert declaration.name == name and re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert declaration.family in FAMILIES
    assert re.fullmatch(r"[A-Z][^\n]*[^.\s]", declaration.description), declaration.description
    assert len({parameter.name for parameter in declaration.parameters}) == len(declaration.parameters)
    assert OPS[name].version >= 1


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_parameter_is_declared_in_full(name: str) -> None:
    for parameter in CATALOGUE[name].parameters:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", parameter.name)
        assert re.fullmatch(r"[A-Z0-9][^\n]*[^.\s]", parameter.description), parameter.description
        assert parameter.check(parameter.default, parameter.name) == parameter.default
        if parameter.kind in ("float", "int"):
            assert parameter.low is not None and parameter.high is not None and parameter.low < parameter.high
            assert parameter.check(parameter.low, "low") == parameter.low
            assert parameter.check(parameter.high, "high") == parameter.high
        else:
            assert parameter.low is None and parameter.high is None and not parameter.unit
        assert (parameter.kind == "choice") == bool(parameter.choices)
        assert len(set(parameter.choices)) == len(parameter.choices)


@pytest.mark.parametrize(
    ("parameter", "unit"),
    [
        (parameter, unit)
        for unit, names in {
            "pixels": ("pixels", "feather", "inside", "outside", "width", "block", "largest", "smallest"),
            "frames": ("frames",),
            "frame": ("frame", "first", "last"),
        }.items()
        for parameter in names
    ],
)
def test_lengths_and_frames_have_their_unit(parameter: str, unit: str) -> None:
    for declaration in CATALOGUE.values():
        for found in declaration.parameters:
            if found.name == parameter and declaration.name != "hue_key":  # whose width is a part of the circle
                assert found.unit == unit, declaration.name


def test_the_add_on_knows_the_same_declarations() -> None:
    assert shot.catalogue() == CATALOGUE, "run: python -m engine ops --json, and write what it says to engine/shot/ops.json"
    assert list(shot.catalogue()) == list(CATALOGUE)


def test_menus_list_families_whole_and_in_order() -> None:
    families = [declaration.family for declaration in CATALOGUE.values()]
    assert families == sorted(families, key=FAMILIES.index)
    assert set(families) == set(FAMILIES)
