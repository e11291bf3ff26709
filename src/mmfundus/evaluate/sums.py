"""Figures that are functions of sums over patients, so that a resample is one matrix product.

A count at a fixed threshold, a squared error, a cell of a confusion matrix: each is a sum over images,
hence over patients. Drawing a patient twice adds the patient's part twice. The parts are kept as a
sparse matrix, and all resamples of a chunk are summed at once.

Shape letters: N images, C cells (sums), P patients, R resamples, M figures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64, Num
from scipy import sparse

Figures = Callable[[Float64[np.ndarray, "c r"]], Float64[np.ndarray, "m r"]]


@dataclass(frozen=True, slots=True)
class Sums:
    """Parts of each patient, and what is computed of their sums."""

    parts: Any  # sparse [c, p]
    figures: Figures  # sums to figures, NaN where undefined
    n: int  # of figures

    def all(self) -> Float64[np.ndarray, "c"]:
        """The sums over all patients, each once."""
        return np.asarray(self.parts.sum(axis=1), dtype=np.float64).ravel()

    def values(self) -> Float64[np.ndarray, "m"]:
        """The figures on all patients, each once."""
        return self.figures(self.all()[:, None])[:, 0]

    def of(self, times: Float64[np.ndarray, "p r"]) -> Float64[np.ndarray, "r m"]:
        """The figures in each resample; `times` is how often each patient was drawn."""
        return self.figures(self.parts @ times).T


def by_cell(
    cell: Int64[np.ndarray, "n"],
    patient: Int64[np.ndarray, "n"],
    cells: int,
    patients: int,
    part: Num[np.ndarray, "n"] | None = None,
) -> Any:
    """Each image's part (1 if not given) in its one cell, as a sparse matrix of cells and patients."""
    values = np.ones(cell.size) if part is None else part.astype(np.float64)
    return sparse.csr_array(sparse.coo_array((values, (cell, patient)), shape=(cells, patients)))


def columns(parts: Sequence[Num[np.ndarray, "n"]], patient: Int64[np.ndarray, "n"], patients: int) -> Any:
    """A row for each list of parts: its sum for each patient."""
    summed = [np.bincount(patient, part.astype(np.float64), minlength=patients) for part in parts]
    return sparse.csr_array(np.stack(summed))


def stacked(parts: Sequence[Any]) -> Any:
    """Matrices of the same patients, one above the other."""
    return sparse.csr_array(sparse.vstack(parts))


def ratio(above: Float64[np.ndarray, "*shape"], below: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """above / below, and NaN where `below` is zero."""
    share: Float64[np.ndarray, "*shape"] = np.divide(
        above, below, out=np.full(np.shape(below), np.nan), where=below != 0
    )
    return share
