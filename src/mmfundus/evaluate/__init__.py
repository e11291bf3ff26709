"""Judging: zero-shot probabilities, metrics with intervals over patients, and the verdict. NumPy only, no images."""
