"""Tip-Adapter-F (Zhang et al., ECCV 2022): Tip-Adapter whose keys learn, from the shots' vectors on.

The labels stay as they are. The keys are tuned once for each alpha and beta of the grid, where the authors tune them at
one pair and search afterwards.
"""

import numpy as np

from mmfundus.evaluate.adapters import Shots, _cache
from mmfundus.evaluate.adapters._adam import descend, softmax
from mmfundus.evaluate.probe import Score

GRID = tuple({"alpha": alpha, "beta": beta} for alpha in (1.0, 3.0, 10.0) for beta in (5.5, 1.0))
STEPS, RATE = 50, 1e-3


def fit(shots: Shots, alpha: float, beta: float) -> Score:
    """Log-odds of "present"; the keys minimise the shots' own cross-entropy."""
    keys = descend([shots.x], lambda at: [slope(at[0], shots, alpha, beta)], RATE, STEPS)[0]
    return _cache.score(keys, shots, alpha, beta)


def slope(keys: np.ndarray, shots: Shots, alpha: float, beta: float) -> np.ndarray:
    """Gradient of the mean cross-entropy by the keys."""
    wrong = (softmax(_cache.logits(shots.x, keys, shots, alpha, beta)) - shots.one_hot) / len(shots.y)
    affinity = np.exp(-beta * (1 - shots.x @ keys.T))
    by_key: np.ndarray = (alpha * beta * affinity * (wrong @ shots.one_hot.T)).T @ shots.x
    return by_key
