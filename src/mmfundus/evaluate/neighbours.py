"""The images whose vectors lie nearest, exactly.

Shape letters: Q queries, N rows searched, K places.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from mmfundus.types import Embeddings

BLOCK = 512  # queries at a time: bounds memory to BLOCK x N cosines


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Per query its nearest rows, nearest first."""

    row: Int64[np.ndarray, "q k"]  # index in the table that was searched; -1 where there are no more
    cosine: Float64[np.ndarray, "q k"]  # NaN there


def nearest(
    queries: Embeddings, among: Embeddings, k: int = 5, same_patient: bool = False, block: int = BLOCK
) -> Neighbours:
    """The `k` rows of greatest cosine; of equal ones the earlier row. Refused rows neither ask nor are found.

    Other images of the query's own patient are left out unless `same_patient`: a second look at the
    same eye is near for reasons that have nothing to do with what it shows. The image itself never counts.
    """
    row = np.full((len(queries.rows), k), -1, np.int64)
    cosine = np.full((len(queries.rows), k), np.nan)
    usable = np.array([not refused for refused in among.refused], dtype=bool)
    gallery = np.where(usable[:, None], among.vectors, 0).astype(np.float64)
    patients, images = (np.array([getattr(r, of) for r in among.rows], dtype=object) for of in ("patient", "image"))
    for start in range(0, len(queries.rows), block):
        here = [i for i in range(start, min(start + block, len(queries.rows))) if not queries.refused[i]]
        similar = queries.vectors[here].astype(np.float64) @ gallery.T
        for i, line in zip(here, similar, strict=True):
            asking = queries.rows[i]
            may = usable & (images != asking.image)
            if not same_patient:
                may &= patients != asking.patient
            found = _first(line, may, k)
            row[i, : found.size], cosine[i, : found.size] = found, line[found]
    return Neighbours(row, cosine)


def _first(similar: Float64[np.ndarray, "n"], may: Bool[np.ndarray, "n"], k: int) -> Int64[np.ndarray, "_"]:
    """Indices of the k greatest that may be found, in order."""
    candidates = np.flatnonzero(may)
    if candidates.size > k:  # all that reach the k-th greatest, ties included
        least = np.partition(similar[candidates], -k)[-k]
        candidates = candidates[similar[candidates] >= least]
    return candidates[np.argsort(-similar[candidates], kind="stable")][:k]
