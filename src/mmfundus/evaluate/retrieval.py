"""How high what is sought stands among all that might be found.

Shape letters: Q queries, N items of the gallery.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64
from scipy.special import comb

CELLS = 1 << 24  # similarities held at a time: 64 MB of float32
DECIMALS = 6  # of a cosine; what differs by less is tied
FEW = 16  # relevant items, up to which counting is faster than sorting


def hits(similarity: Float[np.ndarray, "q n"], relevant: Bool[np.ndarray, "q n"], k: int) -> Float[np.ndarray, "q"]:
    """Per query, the chance that a relevant item is among its k most similar; NaN where it has none.

    It is 0 or 1 unless items are of equal similarity: those stand in random order.
    """
    best = np.where(relevant, similarity, -np.inf).max(axis=1, keepdims=True)
    above, tied = (similarity > best).sum(axis=1), (similarity == best).sum(axis=1)
    right = ((similarity == best) & relevant).sum(axis=1)
    return np.where(relevant.any(axis=1), _within(k, above, tied, right), np.nan)


def _within(
    k: int, above: Int64[np.ndarray, "q"], tied: Int64[np.ndarray, "q"], right: Int64[np.ndarray, "q"]
) -> Float64[np.ndarray, "q"]:
    """Chance that one of the `right` items among the `tied` is of the first k, which `above` others precede."""
    places = np.clip(k - above, 0, tied)  # how many of the tied items come within the first k
    return np.asarray(1 - comb(tied - right, places) / comb(tied, places), np.float64)


def recall_at(
    similarity: Float[np.ndarray, "q n"], relevant: Bool[np.ndarray, "q n"], ks: Sequence[int]
) -> dict[int, float | None]:
    """Recall@k: share of queries with a relevant item among their k most similar; None where no query has one.

    Several items may be relevant to one query: captions repeat, an eye has several scans. Finding
    one of them is a hit, so an image is never counted wrong for finding its own words in another
    row. Queries without a relevant item are left out. Where items tie, the figure is the expectation
    over their order: a model that says the same of everything gets what chance gets.

    Recall@k falls as the gallery grows; it compares models on one gallery, never galleries.
    """
    if not relevant.any():
        return dict.fromkeys(ks)
    return {k: float(np.nanmean(hits(similarity, relevant, k))) for k in ks}


@dataclass(frozen=True, slots=True)
class Places:
    """Per query, where what it seeks stands in a gallery of `size` items."""

    above: Int64[np.ndarray, "q"]  # items more similar than the best relevant one
    tied: Int64[np.ndarray, "q"]  # items as similar as it, itself included
    right: Int64[np.ndarray, "q"]  # relevant ones among the tied
    relevant: Int64[np.ndarray, "q"]  # relevant items in the gallery, one or more
    precision: Float64[np.ndarray, "q"]  # average precision
    size: int

    def hits(self, k: int) -> Float64[np.ndarray, "q"]:
        """Chance that a relevant item is among the k most similar, tied items standing in random order."""
        return _within(k, self.above, self.tied, self.right)

    def rank(self) -> Float64[np.ndarray, "q"]:
        """Expected place of the first relevant item, from 1: of T tied, R of them relevant, (T + 1) / (R + 1)."""
        return np.asarray(self.above + (self.tied + 1) / (self.right + 1), np.float64)

    def chance_hits(self, k: int) -> Float64[np.ndarray, "q"]:
        """What `hits` is for a random order: 1 - C(N - r, k) / C(N, k)."""
        missed = np.ones(self.relevant.size)
        for i in range(min(k, self.size)):
            missed *= np.maximum(self.size - self.relevant - i, 0) / (self.size - i)
        return 1 - missed

    def chance_rank(self) -> Float64[np.ndarray, "q"]:
        """Expected first place of r items in a random order of N: (N + 1) / (r + 1)."""
        return np.asarray((self.size + 1) / (self.relevant + 1), np.float64)

    def chance_precision(self) -> Float64[np.ndarray, "q"]:
        """Expected average precision of a random order: [H + (r - 1)(N - H) / (N - 1)] / N, H the Nth harmonic number.

        An item at place i is relevant with chance r / N, and of the i - 1 before it (r - 1) / (N - 1) are.
        """
        harmonic = float((1 / np.arange(1, self.size + 1)).sum())
        expected: Float64[np.ndarray, q] = (
            harmonic + (self.relevant - 1) * (self.size - harmonic) / max(self.size - 1, 1)
        ) / self.size
        return expected


def places(
    queries: Float[np.ndarray, "q d"], gallery: Float[np.ndarray, "n d"], relevant: Sequence[Int64[np.ndarray, "_"]]
) -> Places:
    """Where the relevant items of each query stand, by cosine; memory is bounded whatever Q and N are.

    Cosines are rounded to DECIMALS, for the last bit of a product depends on where in a block it is computed,
    and equal vectors must tie. Average precision is the mean, over the relevant items, of the precision at the
    item's own similarity, items of equal similarity entering together (as `metrics.auprc` does).
    """
    assert all(len(items) for items in relevant), "a query without a relevant item has no place"
    found = np.zeros((4, len(queries)), np.int64)
    precision = np.zeros(len(queries))
    step = max(1, CELLS // max(len(gallery), 1))
    for start in range(0, len(queries), step):
        block = np.round(queries[start : start + step].astype(np.float32) @ gallery.T.astype(np.float32), DECIMALS)
        for i, line in enumerate(block, start=start):
            own = np.sort(line[relevant[i]])[::-1]
            found[:, i] = (line > own[0]).sum(), (line == own[0]).sum(), (own == own[0]).sum(), own.size
            precision[i] = _average_precision(line, own)
    return Places(found[0], found[1], found[2], found[3], precision, len(gallery))


def _average_precision(line: Float[np.ndarray, "n"], own: Float[np.ndarray, "r"]) -> float:
    """Of one query: all similarities, and those of the relevant items, highest first."""
    at_least = np.searchsorted(-own, -own, side="right")  # relevant items at or above each
    if own.size <= FEW:
        before = np.array([(line >= value).sum() for value in own])
    else:
        before = np.searchsorted(-np.sort(line)[::-1], -own, side="right")
    return float((at_least / before).mean())
