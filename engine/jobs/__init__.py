"""Jobs: what the engine does to a shot. Each is a generator that yields its progress and can be stopped between any two frames.

Everything is on disk when a frame is yielded: a job that is closed, or an engine that is killed, loses at most the frame in hand, and
the next run goes on from there.
"""

from .depth import depth_job
from .opened import OpenShot, Resources
from .outcome import Outcome
from .plan import Plan, make_plan
from .progress import Progress
from .run import classify_job, matte_job, refine_job, run_job, track_job
from .run_plan import RunPlan, plan_run

__all__ = [
    "OpenShot",
    "Outcome",
    "Plan",
    "Progress",
    "Resources",
    "RunPlan",
    "classify_job",
    "depth_job",
    "make_plan",
    "matte_job",
    "plan_run",
    "refine_job",
    "run_job",
    "track_job",
]
