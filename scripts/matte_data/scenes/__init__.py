"""Procedural scenes with true alpha, built and rendered inside Blender (bpy)."""
