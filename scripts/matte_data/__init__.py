"""Training data for mattes: photographs, clips rendered by Blender, clips drawn in two dimensions, composites, and guide masks."""
