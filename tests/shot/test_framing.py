"""Messages on a stream: whole, cut short, and nonsense."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.shot import MattewrightError
from engine.shot.framing import FramingError, read_message, write_message

messages = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text(), max_size=4)


@given(st.lists(messages, max_size=4))
def test_what_is_written_is_read(sent: list[dict[str, object]]) -> None:
    stream = io.BytesIO()
    for message in sent:
        write_message(stream, message)
    stream.seek(0)
    received = []
    while (message := read_message(stream)) is not None:
        received.append(message)
    assert received == sent


@given(messages, st.data())
def test_a_stream_cut_short_is_noticed(message: dict[str, object], data: st.DataObject) -> None:
    stream = io.BytesIO()
    write_message(stream, message)
    whole = stream.getvalue()
    cut = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises(FramingError):
        read_message(io.BytesIO(whole[:cut]))


@given(st.binary(max_size=200))
def test_nonsense_is_refused_not_obeyed(noise: bytes) -> None:
    try:
        message = read_message(io.BytesIO(noise))
    except MattewrightError as error:
        assert "\n" not in str(error)
    else:
        assert message is None or isinstance(message, dict)


def test_a_huge_length_is_refused_before_it_is_read() -> None:
    with pytest.raises(FramingError, match="Content-Length"):
        read_message(io.BytesIO(b"Content-Length: 99999999999\r\n\r\n"))


def test_shot_imports_the_standard_library_alone() -> None:
    """It runs inside Blender, which has none of the engine's libraries."""
    code = (
        "import sys; before = set(sys.modules); import engine.shot, engine.shot.framing, engine.shot.messages;"
        "names = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(names - set(sys.stdlib_module_names) - {'engine'}))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    assert found.stdout.strip() == "[]"
