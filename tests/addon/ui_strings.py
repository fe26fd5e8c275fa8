"""Every string of ours that Blender's interface may show: registered names and tooltips, the panels' literal texts, the ops' labels."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

NAMED = {"text", "text_ctxt", "bl_label", "bl_description", "description", "label"}
CALLS = {"tell": (1,), "lines": (1,), "poll_message_set": (0,), "translated": (0,), "phrase": (0,), "Step": (0, 3), "Mend": (1,)}
"""Functions of ours and of Blender's that show an argument, by the argument's place."""
SENTENCE = re.compile(r"[A-Z][a-z]+:? .*[a-z.).]", re.DOTALL)
NAMES = {"Clip Editor", "Frame Change", "Mattewright Overlay", "Mattewright Preview"}
"""Of Blender's things, and of what is never shown."""
NO_WORDS = re.compile(r"[^A-Za-z]*")


def registered() -> Iterator[Any]:
    """Our classes, as Blender knows them."""
    for name in dir(bpy.types):
        kind = getattr(bpy.types, name, None)
        if name.startswith("MATTEWRIGHT_"):
            yield kind
    for base in (bpy.types.PropertyGroup, bpy.types.AddonPreferences):
        yield from (kind for kind in base.__subclasses__() if kind.__module__.startswith("mattewright.") and kind.is_registered)


def own_properties(kind: Any) -> Iterator[Any]:
    """The properties that a class of ours declares, without Blender's own."""
    rna = kind.bl_rna
    if issubclass(kind, bpy.types.Operator):
        rna = getattr(bpy.ops.mattewright, kind.bl_idname.split(".")[-1].removeprefix("MATTEWRIGHT_OT_")).get_rna_type()
    for prop in rna.properties:
        if prop.identifier in declared(kind):
            yield prop


def declared(kind: Any) -> set[str]:
    names: set[str] = set()
    for base in kind.__mro__:
        if "mattewright" in base.__module__:
            names |= set(getattr(base, "__annotations__", {}))
    return names


def of_rna() -> Iterator[str]:
    for kind in registered():
        if hasattr(kind, "bl_label"):
            yield kind.bl_label
        yield getattr(kind, "bl_description", "") or ""
        for prop in own_properties(kind):
            if prop.is_hidden:
                continue
            yield prop.name
            yield prop.description
            if prop.type == "ENUM":
                for item in prop.enum_items_static:
                    yield item.name
                    yield item.description


def of_source(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["text"]:
                yield from _literals(node.value)
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            shown = [word.value for word in node.keywords if word.arg == "text"]
            shown += [node.args[place] for place in CALLS.get(name, ()) if place < len(node.args)]
            for value in shown:
                yield from _literals(value)


def of_sentences(addon: Path) -> Iterator[str]:
    """Whatever else is written as a sentence where the interface is made: messages that go through a variable or a function."""
    for part in ("ui", "tool", "operators", "preview"):
        for path in sorted((addon / part).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            passed: set[int] = set()
            for node in ast.walk(tree):
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # what documents the code
                    passed.add(id(node.value))
                elif isinstance(node, ast.JoinedStr):
                    passed |= {id(value) for value in node.values}
            for node in ast.walk(tree):
                if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) or id(node) in passed:
                    continue
                if SENTENCE.fullmatch(node.value) and node.value not in NAMES:
                    yield node.value


def _literals(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _literals(value.body)
        yield from _literals(value.orelse)


def of_ops() -> Iterator[str]:
    from mattewright.addon.ui.chain import label_of
    from mattewright.engine.shot import catalogue

    for declaration in catalogue().values():
        yield label_of(declaration.name)
        yield declaration.family
        for parameter in declaration.parameters:
            yield label_of(parameter.name)
            for choice in parameter.choices or ():
                yield label_of(choice)


def of_formats() -> Iterator[str]:
    from mattewright.addon.properties.callbacks import title_of
    from mattewright.addon.ui.chain import label_of
    from mattewright.engine.shot import formats

    for declaration in formats().values():
        yield declaration.label
        yield declaration.family
        for parameter in declaration.parameters:
            yield label_of(parameter.name)
            for choice in parameter.choices:
                yield title_of(choice)


def of_installation() -> Iterator[str]:
    from mattewright.addon.install.builds import BUILDS
    from mattewright.addon.install.steps import LABELS

    yield from LABELS.values()
    for build in BUILDS.values():
        yield build.label
        yield build.description


def all_strings(addon: Path) -> list[str]:
    found = {text for part in (of_rna(), of_source(addon), of_sentences(addon), of_ops(), of_formats(), of_installation()) for text in part}
    return sorted(text for text in found if not NO_WORDS.fullmatch(text))
