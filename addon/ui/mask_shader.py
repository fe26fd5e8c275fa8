"""The shader that draws a mask over the clip: the object's colour with a line around it, or white on black."""

from __future__ import annotations

from functools import cache
from typing import Any

import gpu

_types: Any = gpu.types  # what the stubs say of these differs from version to version

_VERTEX = """
void main()
{
  place = uv;
  gl_Position = projection * vec4(pos, 0.0, 1.0);
}
"""

_FRAGMENT = """
float covered(float value)
{
  return smoothstep(0.4, 0.6, value);
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
  float here = texture(mask, place).r;
  if (matte > 0.5) {
    fragColor = vec4(vec3(here), 1.0);
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
  float fill = here * color.a;
  fragColor = vec4(mix(color.rgb, bright, line), max(fill, line));
}
"""


@cache
def mask_shader() -> Any:
    """Takes `pos` in the region's pixels and `uv` in the mask, (0, 0) its first row's first pixel."""
    between = _types.GPUStageInterfaceInfo("mattewright_mask")
    between.smooth("VEC2", "place")
    info = _types.GPUShaderCreateInfo()
    info.push_constant("MAT4", "projection")
    info.push_constant("VEC4", "color")  # R'G'B' as displayed, and how opaque the fill is
    info.push_constant("VEC2", "reach")  # a line's width in the mask
    info.push_constant("FLOAT", "outline")
    info.push_constant("FLOAT", "matte")
    info.sampler(0, "FLOAT_2D", "mask")
    info.vertex_in(0, "VEC2", "pos")
    info.vertex_in(1, "VEC2", "uv")
    info.vertex_out(between)
    info.fragment_out(0, "VEC4", "fragColor")
    info.vertex_source(_VERTEX)
    info.fragment_source(_FRAGMENT)
    make: Any = gpu.shader.create_from_info
    return make(info)
