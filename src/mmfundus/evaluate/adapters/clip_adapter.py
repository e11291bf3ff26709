"""CLIP-Adapter (Gao et al. 2021, arXiv:2110.04544): two small layers on the image vector, mixed with it.

f = ratio * relu(relu(x W1) W2) + (1 - ratio) * x at unit length; logits are scale * f . text. W1 narrows to a quarter.
The image adapter alone, without bias, as in the authors' experiments; W1 and W2 start from a fixed seed. All shots are
in one batch here, where the authors draw batches of augmented pictures: the vectors are frozen and not augmented.
"""

import numpy as np
from jaxtyping import Float64

from mmfundus.evaluate.adapters import Shots, words
from mmfundus.evaluate.adapters._adam import descend, softmax
from mmfundus.evaluate.probe import Score

GRID = tuple({"ratio": ratio} for ratio in (0.2, 0.4, 0.6, 0.8))
NARROWED, STEPS, RATE = 4, 200, 1e-3


def fit(shots: Shots, ratio: float) -> Score:
    """Log-odds of "present"; `ratio` is the share of what was learned."""
    rng, width = np.random.default_rng(0), shots.x.shape[1]
    narrow = max(1, width // NARROWED)
    start = [rng.normal(0, (2 / width) ** 0.5, (width, narrow)), rng.normal(0, (2 / narrow) ** 0.5, (narrow, width))]
    learned = descend(start, lambda at: slope(shots, ratio, at[0], at[1]), RATE, STEPS)
    return lambda pictures: words(adapted(pictures, ratio, *learned), shots.text, shots.scale)


def adapted(x: np.ndarray, ratio: float, first: np.ndarray, second: np.ndarray) -> Float64[np.ndarray, "n d"]:
    """The adapter's vectors, of unit length."""
    mixed = ratio * np.maximum(np.maximum(x @ first, 0) @ second, 0) + (1 - ratio) * x
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), np.float64)


def slope(shots: Shots, ratio: float, first: np.ndarray, second: np.ndarray) -> list[np.ndarray]:
    """Gradient of the mean cross-entropy by both layers."""
    hidden = np.maximum(shots.x @ first, 0)
    out = np.maximum(hidden @ second, 0)
    mixed = ratio * out + (1 - ratio) * shots.x
    length = np.linalg.norm(mixed, axis=1, keepdims=True)
    unit = mixed / length
    wrong = (softmax(shots.scale * unit @ shots.text.T) - shots.one_hot) / len(shots.y)
    by_unit = shots.scale * wrong @ shots.text
    by_mixed = (by_unit - unit * (unit * by_unit).sum(axis=1, keepdims=True)) / length
    by_out = ratio * by_mixed * (out > 0)
    by_hidden = (by_out @ second.T) * (hidden > 0)
    return [shots.x.T @ by_hidden, hidden.T @ by_out]
