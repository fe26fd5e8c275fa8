"""A package's graph as the .onnx file that is installed: taken as it is, or converted once."""

from __future__ import annotations

from ..shot import MattewrightError


def as_onnx(content: bytes, name: str) -> bytes:
    """The bytes of an .onnx file of the graph `content` out of the file `name`. The same input gives the same bytes.

    Raises MattewrightError for a graph that isn't known how to convert.
    """
    if name.endswith(".onnx"):
        return content
    if name.endswith(".tflite"):
        from .tflite import convert

        return convert(content, name)
    raise MattewrightError(f"{name}: not a graph that can be installed: expected .onnx or .tflite")
