"""Tip-Adapter (Zhang et al., ECCV 2022): the shots are a cache that is looked up, and nothing is trained.

The authors average a shot's vector over augmented views; here it is the one view that every picture gets, and no
picture is augmented when it is judged.
"""

from mmfundus.evaluate.adapters import Shots, _cache
from mmfundus.evaluate.probe import Score

GRID = _cache.GRID


def fit(shots: Shots, alpha: float, beta: float) -> Score:
    """Log-odds of "present"; the keys are the shots' own vectors."""
    return _cache.score(shots.x, shots, alpha, beta)
