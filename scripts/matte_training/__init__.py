"""The refiner's training: clips into samples, damage, losses, and the loop that can be killed and goes on with the same result.

Pictures are (h, w, 3) uint8, R'G'B' as displayed; alpha (h, w) float32 0 to 1; colours straight; logits (256, 256) float32 over the whole
picture, squashed, as SAM 2's.
"""
