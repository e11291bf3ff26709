"""Vectors on a plane, to look at.

Shape letters: N rows, K those that have a vector, D embedding width.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.types import Embeddings


@dataclass(frozen=True, slots=True)
class Projection:
    """Places on a plane of the rows that have a vector."""

    rows: Int64[np.ndarray, "k"]  # their indices in the table
    places: Float64[np.ndarray, "k 2"]
    share: tuple[float, float]  # of the vectors' variance, along each axis


def principal(embeddings: Embeddings) -> Projection:
    """The two directions in which the vectors vary most (principal components; Pearson 1901).

    Deterministic: of each axis the sign is the one that makes its largest loading positive. Fewer than
    two distinct vectors lie on one spot. How not to use it: `share` says how much of the differences
    the plane shows, and it is often little. Two images far apart here are far apart; two that lie
    together need not be alike, and groups that overlap here may be parted in another direction.
    """
    rows = np.array([i for i, refused in enumerate(embeddings.refused) if not refused], dtype=np.int64)
    vectors = embeddings.vectors[rows].astype(np.float64)
    if not rows.size:
        return Projection(rows, np.zeros((0, 2)), (0.0, 0.0))
    centred = vectors - vectors.mean(axis=0)
    _, variance, axes = np.linalg.svd(centred.T @ centred)
    first = np.zeros((2, vectors.shape[1]))
    first[: len(axes)] = axes[:2]
    first *= np.where(first[np.arange(2), np.abs(first).argmax(axis=1)] < 0, -1, 1)[:, None]
    shares = [*(variance / variance.sum() if variance.sum() > 0 else 0 * variance), 0.0]
    return Projection(rows, centred @ first.T, (float(shares[0]), float(shares[1])))
