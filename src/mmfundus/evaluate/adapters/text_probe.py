"""A linear probe that is held to the words: its weights begin at, and are pulled back to, the zero-shot ones.

Minimises, over w and b, the mean logistic loss of scale * (x . w + b) plus strength * |w - (t1 - t0)|^2. In the manner
of CLAP (Silva-Rodriguez et al., CVPR 2024: probing constrained to zero-shot prototypes) and LP++ (Huang et al.,
CVPR 2024: probing blended with text); it is neither of the two: one fixed pull, chosen on validation rows. The
problem is convex, so the answer does not depend on where it is begun.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from mmfundus.evaluate.adapters import Shots
from mmfundus.evaluate.probe import Score

GRID = tuple({"strength": strength} for strength in (10.0, 100.0, 1.0, 0.1, 0.01, 0.001))


def fit(shots: Shots, strength: float) -> Score:
    """Log-odds of "present"; the larger `strength`, the nearer to the words alone."""
    x, y, scale, words = shots.x, shots.y, shots.scale, shots.text[1] - shots.text[0]

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        moved, bias = at[:-1], at[-1]
        odds = scale * (x @ (words + moved) + bias)
        wrong = scale * (expit(odds) - y) / y.size
        value = np.mean(np.logaddexp(0, odds) - y * odds) + strength * (moved @ moved)
        return float(value), np.append(x.T @ wrong + 2 * strength * moved, wrong.sum())

    found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    weights, bias = words + found.x[:-1], float(found.x[-1])
    return lambda pictures: scale * (pictures @ weights + bias)
