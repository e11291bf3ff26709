"""How high what is sought stands among all that might be found.

Shape letters: Q queries, N items of the gallery.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import comb


def hits(similarity: Float[np.ndarray, "q n"], relevant: Bool[np.ndarray, "q n"], k: int) -> Float[np.ndarray, "q"]:
    """Per query, the chance that a relevant item is among its k most similar; NaN where it has none.

    It is 0 or 1 unless items are of equal similarity: those stand in random order.
    """
    best = np.where(relevant, similarity, -np.inf).max(axis=1, keepdims=True)
    above, tied = (similarity > best).sum(axis=1), (similarity == best).sum(axis=1)
    right = ((similarity == best) & relevant).sum(axis=1)
    places = np.clip(k - above, 0, tied)  # how many of the tied items come within the first k
    missed = comb(tied - right, places) / comb(tied, places)
    return np.where(relevant.any(axis=1), 1 - missed, np.nan)


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
