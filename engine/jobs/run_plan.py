"""What `run` would do, all stages together: said in one place for the job, the command `plan` and the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..shot.messages import Planned
from .class_plan import wants_labels
from .depth import DepthPlan, plan_depth
from .masks import measures_depth
from .opened import OpenShot
from .plan import Plan, make_class_plan, make_plan


@dataclass(frozen=True)
class RunPlan:
    """Depth comes first, as chains measure it; then all the rest."""

    rest: Plan
    """Made as if the depth were there already."""
    depth: DepthPlan | None = None
    """None where no chain measures it."""

    @property
    def planned(self) -> Planned:
        """How many files of each kind are to be made."""
        rest = self.rest
        return Planned(
            depth=len(self.depth.stale) if self.depth else 0,
            labels=len(rest.classes.labels),
            classified=rest.classes.stale_logits,
            tracked=rest.stale_logits,
            masks=rest.stale_masks,
            mattes=rest.alphas.count,
        )

    @property
    def fresh(self) -> int:
        rest = self.rest
        return (self.depth.fresh if self.depth else 0) + rest.classes.fresh + rest.fresh_logits + rest.fresh_masks + rest.alphas.fresh

    @property
    def missing(self) -> tuple[int, ...]:
        """Frames whose picture the footage lacks."""
        return tuple(sorted({*self.rest.missing, *(self.depth.missing if self.depth else ())}))


def plan_run(opened: OpenShot, names: Sequence[str] = (), first: int | None = None, last: int | None = None) -> RunPlan:
    """Everything that is stale of the objects called `names`, or of all, from `first` to `last`: depth where a chain measures it, and
    labels of classes where an output is made of them and no objects are named.

    Raises MattewrightError, as `make_plan` and `plan_depth` do.
    """
    chosen, target = opened.objects(names), opened.frames(first, last)
    labels = not names and wants_labels(opened.shot)
    if labels and not chosen:
        return RunPlan(make_class_plan(opened, [], target, labels=True))
    depth = plan_depth(opened, target) if measures_depth(opened.shot, chosen, target) else None
    return RunPlan(make_plan(opened, chosen, target, labels=labels, depths=depth.keys if depth else {}), depth)
