"""The key-value cache that Tip-Adapter and Tip-Adapter-F share (Zhang et al., ECCV 2022, equations 3 to 6)."""

import numpy as np
from jaxtyping import Float64

from mmfundus.evaluate.adapters import Shots
from mmfundus.evaluate.probe import Score

# alpha: weight of the cache against the words; beta: how fast a key's say falls with distance.
GRID = tuple({"alpha": alpha, "beta": beta} for alpha in (1.0, 0.3, 3.0, 10.0, 30.0) for beta in (5.5, 1.0, 20.0))


def logits(
    x: Float64[np.ndarray, "m d"], keys: Float64[np.ndarray, "n d"], shots: Shots, alpha: float, beta: float
) -> Float64[np.ndarray, "m 2"]:
    """alpha * exp(-beta (1 - x keys^T)) L + scale * x text^T, where L says each key's class."""
    affinity = np.exp(-beta * (1 - x @ keys.T))
    return np.asarray(alpha * affinity @ shots.one_hot + shots.scale * x @ shots.text.T, np.float64)


def score(keys: Float64[np.ndarray, "n d"], shots: Shots, alpha: float, beta: float) -> Score:
    """Log-odds of "present": the difference of the two logits."""
    return lambda pictures: np.diff(logits(pictures, keys, shots, alpha, beta), axis=1)[:, 0]
