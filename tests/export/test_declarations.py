"""What the formats' declarations say, and that the side without the exporters says the same."""

from __future__ import annotations

from engine.export.catalogue import declarations, exporters
from engine.shot.outputs import check_pattern, formats


def test_the_declarations_in_the_file_are_the_exporters() -> None:
    assert formats() == declarations(), "run: python -m engine formats --json, and write what it says to engine/shot/formats.json"
    assert list(formats()) == list(declarations())


def test_every_default_is_allowed() -> None:
    for declaration in declarations().values():
        for parameter in declaration.parameters:
            parameter.check(parameter.default, f"{declaration.name}.{parameter.name}")
            assert parameter.description
        if declaration.pattern:
            check_pattern(declaration.pattern, declaration.name)
        assert declaration.label
        assert declaration.description


def test_every_exporter_says_its_version() -> None:
    assert all(exporter.version >= 1 for exporter in exporters().values())
