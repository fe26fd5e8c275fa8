"""The shaders that draw masks over the clip: an object's colour with a line around it, and what hides all that is no object."""

from __future__ import annotations

from functools import cache
from typing import Any

import gpu
import numpy as np
import numpy.typing as npt
from gpu_extras.batch import batch_for_shader

from ..preview.tiles import LINE

_types: Any = gpu.types  # what the stubs say of these differs from version to version

_MASK_VERTEX = """
void main()
{
  place = pos;
  gl_Position = whole * vec4(pos, 0.0, 1.0);
}
"""

_VEIL_VERTEX = """
void main()
{
  place = mix(cut.xy, cut.zw, pos);
  at = mix(part.xy, part.zw, pos);
  gl_Position = whole * vec4(at, 0.0, 1.0);
}
"""

_MASK = """
float covered(float value)
{
  return smoothstep(FROM, TO, value);
}

float sampled(vec2 away)
{
  return covered(textureLod(mask, place + reach * away, 0.0).r);
}

float lowest(vec4 of)
{
  return min(min(of.x, of.y), min(of.z, of.w));
}

float highest(vec4 of)
{
  return max(max(of.x, of.y), max(of.z, of.w));
}

void main()
{
  if (place.x < span.x || place.x >= span.y) {
    discard;
  }
  float here = textureLod(mask, place, 0.0).r;
  float fill = here * color.a;
  if (outline == 0.0) {
    fragColor = vec4(color.rgb, fill);
    return;
  }
  /* The line is where some of what is around, a line's width away on the screen, is inside and some outside. */
  float inside = covered(here);
  vec4 straight = vec4(sampled(vec2(1.0, 0.0)), sampled(vec2(-1.0, 0.0)), sampled(vec2(0.0, 1.0)), sampled(vec2(0.0, -1.0)));
  float low = min(inside, lowest(straight));
  float high = max(inside, highest(straight));
  if (low != high) { /* Most of the picture is spared the rest. */
    vec4 askew = vec4(sampled(vec2(0.7, 0.7)), sampled(vec2(-0.7, 0.7)), sampled(vec2(0.7, -0.7)), sampled(vec2(-0.7, -0.7)));
    low = min(low, lowest(askew));
    high = max(high, highest(askew));
  }
  float line = (high - low) * outline;
  vec3 bright = mix(color.rgb, vec3(1.0), 0.35);
  fragColor = vec4(mix(color.rgb, bright, line), max(fill, line));
}
""".replace("FROM, TO", f"{LINE[0]}, {LINE[1]}")

_INSIDE = """
void main()
{
  if (place.x < span.x || place.x >= span.y) {
    discard;
  }
  fragColor = color;
}
"""

_VEIL = """
void main()
{
  float here = textureLod(mask, place, 0.0).r;
  if (checker == 0.0) {
    fragColor = vec4(vec3(here), 1.0);
    return;
  }
  vec2 field = floor(at / checker);
  float grey = mod(field.x + field.y, 2.0) < 0.5 ? 0.35 : 0.5;
  fragColor = vec4(vec3(grey), 1.0 - here);
}
"""


Constants = tuple[tuple[str, str], ...]

_PLACE: Constants = (("MAT4", "whole"), ("VEC4", "color"), ("VEC2", "span"))


def mask_shader() -> Any:
    """One object's colour with a line around it, from the texture `mask`.

    Push constants: `whole`, from 0 to 1 over the mask's box to the screen; `color`, R'G'B' as displayed and how opaque the fill is; `span`,
    from where to where in the box's width; `reach`, a line's width in the box; `outline`, 1 or 0.
    """
    return _made(_MASK_VERTEX, _MASK, (*_PLACE, ("VEC2", "reach"), ("FLOAT", "outline")), True)


def inside_shader() -> Any:
    """The same where all is object and no edge is near."""
    return _made(_MASK_VERTEX, _INSIDE, _PLACE, False)


def veil_shader() -> Any:
    """White on black, or with `checker` above 0, a field's pixels, a checkerboard over all that is no object, from the texture `mask`.

    Push constants: `whole`, from the region's pixels to the screen; `part`, the region's pixels that are drawn, the lower left corner and
    the upper right one; `cut`, what is there of the texture, which beyond its edge goes on as its edge is.
    """
    return _made(_VEIL_VERTEX, _VEIL, (("MAT4", "whole"), ("VEC4", "part"), ("VEC4", "cut"), ("FLOAT", "checker")), True)


@cache
def _made(vertex: str, fragment: str, constants: Constants, samples: bool) -> Any:
    """128 bytes of constants is what every card takes."""
    between = _types.GPUStageInterfaceInfo("mattewright_mask")
    between.smooth("VEC2", "place")
    if vertex is _VEIL_VERTEX:
        between.smooth("VEC2", "at")
    info = _types.GPUShaderCreateInfo()
    for kind, name in constants:
        info.push_constant(kind, name)
    if samples:
        info.sampler(0, "FLOAT_2D", "mask")
    info.vertex_in(0, "VEC2", "pos")
    info.vertex_out(between)
    info.fragment_out(0, "VEC4", "fragColor")
    info.vertex_source(vertex)
    info.fragment_source(fragment)
    make: Any = gpu.shader.create_from_info
    return make(info)


def batch(corners: npt.NDArray[np.float32]) -> Any:
    """Triangles, (3 n, 2), that any of these shaders draws."""
    return batch_for_shader(mask_shader(), "TRIS", {"pos": corners})


@cache
def quad() -> Any:
    """The batch of all from 0 to 1."""
    return batch(np.array([(0, 0), (1, 0), (0, 1), (0, 1), (1, 0), (1, 1)], np.float32))


def forget() -> None:
    """Let go of what the graphics card has: it may be gone before this module is."""
    quad.cache_clear()
    _made.cache_clear()
