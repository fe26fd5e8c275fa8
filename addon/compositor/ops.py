"""Which refine ops Blender's compositor has nodes for, and how an op becomes nodes."""

from __future__ import annotations

from .. import properties


def why_not(step: properties.RefineOp) -> str:
    """Why the step can't be live, in one line; empty if it can."""
    return "" if step.op == "threshold" else f"op '{step.op}': the compositor has no nodes for it: leave it baked"
