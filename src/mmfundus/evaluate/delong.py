"""Whether two models' AUROCs on the same images differ, by the variance of placements over patients.

DeLong, DeLong & Clarke-Pearson, Biometrics 44:837 (1988), in the form for clustered images of Obuchowski,
Biometrics 53:567 (1997), of which the first is the case of one image a patient. How not to use it: on
nested models chosen on these rows, with few patients in a class (the normal approximation fails), or
concept after concept without a correction: of twenty comparisons one has p < 0.05 by luck alone.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64
from scipy.stats import norm

Scores = Float64[np.ndarray, "n"]


@dataclass(frozen=True, slots=True)
class Difference:
    """First AUROC less the second, with what the variance says of it; `reason` where it says nothing."""

    first: float
    second: float
    variance: float | None
    clustered: bool  # whether any patient has several images
    reason: str = ""

    @property
    def value(self) -> float:
        """First less second."""
        return self.first - self.second

    @property
    def p(self) -> float | None:
        """Two-sided, of the hypothesis that both are equally good."""
        return None if self.variance is None else float(2 * norm.sf(abs(self.value) / math.sqrt(self.variance)))

    @property
    def span(self) -> tuple[float, float] | None:
        """The 95 % interval of the difference."""
        if self.variance is None:
            return None
        half = float(norm.ppf(0.975)) * math.sqrt(self.variance)
        return self.value - half, self.value + half


def delong(first: Scores, second: Scores, labels: Scores, patient: Int64[np.ndarray, "n"]) -> Difference | None:
    """Compare two models on the same images; None with a single class."""
    sick, well = labels == 1, labels == 0
    if not sick.any() or not well.any():
        return None
    placed = [_placements(scores, sick, well) for scores in (first, second)]
    areas = [float(v[sick].mean()) for v in placed]
    clustered = np.unique(patient).size < patient.size
    covariance = _covariance(placed, areas, sick, well, patient)
    if covariance is None:
        return Difference(areas[0], areas[1], None, clustered, "needs two patients of each class")
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    if variance <= 1e-15:
        return Difference(areas[0], areas[1], None, clustered, "the two models order these images alike")
    return Difference(areas[0], areas[1], variance, clustered)


def _placements(scores: Scores, sick: np.ndarray, well: np.ndarray) -> Scores:
    """Per image, the share of the other class that it is ordered rightly against, a tie counting half."""
    low, high = np.sort(scores[well]), np.sort(scores[sick])
    placed = np.empty(scores.size)
    placed[sick] = (np.searchsorted(low, scores[sick]) + np.searchsorted(low, scores[sick], "right")) / 2 / low.size
    below = (np.searchsorted(high, scores[well]) + np.searchsorted(high, scores[well], "right")) / 2
    placed[well] = 1 - below / high.size
    return placed


def _covariance(
    placed: list[Scores], areas: list[float], sick: np.ndarray, well: np.ndarray, patient: Int64[np.ndarray, "n"]
) -> Float64[np.ndarray, "2 2"] | None:
    """Of both AUROCs, by patients' sums of placements about their mean."""
    names, index = np.unique(patient, return_inverse=True)
    m, n = int(sick.sum()), int(well.sum())
    present = np.stack(
        [np.bincount(index[sick], (v - a)[sick], names.size) for v, a in zip(placed, areas, strict=True)]
    )
    absent = np.stack([np.bincount(index[well], (v - a)[well], names.size) for v, a in zip(placed, areas, strict=True)])
    i10, i01 = np.unique(index[sick]).size, np.unique(index[well]).size
    if i10 < 2 or i01 < 2:
        return None
    s10 = i10 / (i10 - 1) * present @ present.T / m
    s01 = i01 / (i01 - 1) * absent @ absent.T / n
    s11 = names.size / (names.size - 1) * present @ absent.T
    return s10 / m + s01 / n + (s11 + s11.T) / (m * n)
