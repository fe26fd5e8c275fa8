"""The file that live previews and clicks are written into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import moving_shape
import pytest

from engine.shot import mapped


@pytest.fixture
def file() -> Iterator[Path]:
    made = mapped.create(moving_shape.WIDTH, moving_shape.HEIGHT)
    yield made
    mapped.remove(made)
    assert not made.exists()
