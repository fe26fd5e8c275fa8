"""Segment: from pictures and prompts to logits. SAM 2's image model, and the trackers that carry a mask from frame to frame."""
