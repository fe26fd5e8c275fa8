"""What there is of each object frame by frame, as the engine last said: what the frame strip and the panels show.

Asked for by a timer, half a second after something has changed; nothing here reads a mask in Blender.
"""

from __future__ import annotations

from .known import Asked, Known, Says
from .watch import doubtful_near, fetch, of_object, register, states, unregister

__all__ = ["Asked", "Known", "Says", "doubtful_near", "fetch", "of_object", "register", "states", "unregister"]
