"""Adam (Kingma & Ba 2015) on arrays, with all shots in one batch: fits are tiny and need no torch."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float64

Arrays = Sequence[np.ndarray]


def descend(start: Arrays, gradient: Callable[[list[np.ndarray]], Arrays], rate: float, steps: int) -> list[np.ndarray]:
    """Parameters after so many steps; the rate falls to zero along a half cosine."""
    at = [part.astype(np.float64) for part in start]
    mean, square = [np.zeros_like(part) for part in at], [np.zeros_like(part) for part in at]
    for step in range(1, steps + 1):
        now = rate * (1 + np.cos(np.pi * (step - 1) / steps)) / 2
        for i, slope in enumerate(gradient(at)):
            mean[i] = 0.9 * mean[i] + 0.1 * slope
            square[i] = 0.999 * square[i] + 0.001 * slope**2
            at[i] = at[i] - now * (mean[i] / (1 - 0.9**step)) / (np.sqrt(square[i] / (1 - 0.999**step)) + 1e-8)
    return at


def softmax(logits: Float64[np.ndarray, "n c"]) -> Float64[np.ndarray, "n c"]:
    """Shares of each row."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float64)
