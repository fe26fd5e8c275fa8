"""From masks to mattes: trimap, alpha, foreground colour. Pure functions of pictures; nothing here knows shots or the store.

Pictures are (height, width, 3) float32, RGB, 0 to 1, as displayed; alpha is (height, width) float32, 0 to 1; colours are straight (not
multiplied by alpha) unless a docstring says otherwise.
"""
