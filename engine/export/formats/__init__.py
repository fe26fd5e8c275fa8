"""The formats: each file here has the exporters of one family, found by `engine.export.catalogue`."""
