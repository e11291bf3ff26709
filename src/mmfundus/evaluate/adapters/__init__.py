"""Few-shot methods, one a file: from a handful of labelled vectors, and the words, to a score of "present".

A method has `GRID`, its settings from the most cautious on, and `fit(shots, **setting)`, which gives the score.
The setting is chosen by AUROC on validation rows; the first of the grid is taken where there are none. One concept
is one question of two classes: the images that state it present, and those that state it absent.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

KIND = "few-shot method"


@dataclass(frozen=True, slots=True)
class Shots:
    """What a method learns from; letters: N images, D width; class 0 is absent, 1 present."""

    x: Float64[np.ndarray, "n d"]  # vectors of unit length
    y: Float64[np.ndarray, "n"]  # 1 present, 0 absent
    text: Float64[np.ndarray, "2 d"]  # unit class vectors in words: of what speaks against it, and of the concept
    scale: float  # factor on cosines, CLIP's exp(logit scale)

    @property
    def one_hot(self) -> Float64[np.ndarray, "n 2"]:
        """Per image its class."""
        return np.stack([1 - self.y, self.y], axis=1)


def words(x: Float64[np.ndarray, "n d"], text: Float64[np.ndarray, "2 d"], scale: float) -> Float64[np.ndarray, "n"]:
    """Zero-shot log-odds: the point at 0 shots, where every method that uses the words begins."""
    return np.asarray(scale * (x @ (text[1] - text[0])), np.float64)
