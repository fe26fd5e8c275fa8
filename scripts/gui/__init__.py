"""The test in a Blender with a window: `run` drives it inside Blender, `test_gui` starts that and looks at what is left."""
