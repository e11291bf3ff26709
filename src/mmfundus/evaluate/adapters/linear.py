"""A linear probe that sees no words: logistic regression on the shots (Radford et al. 2021, section 3.2)."""

from mmfundus.evaluate import probe
from mmfundus.evaluate.adapters import Shots

GRID = tuple({"strength": strength} for strength in (1.0, 0.01, 0.1, 10.0, 100.0, 1000.0))


def fit(shots: Shots, strength: float) -> probe.Score:
    """Log-odds of "present"; `strength` is scikit-learn's C."""
    return probe.fit(shots.x, shots.y, strength)
