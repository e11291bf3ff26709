"""The figures of one question that are sums over patients: at thresholds, of calibration, of benefit.

`resampled` intervals of the calibration slope and intercept take one step of Newton's method from the
estimate on all patients, by each patient's own part of gradient and curvature (Moulton & Zeger, Comput
Stat Data Anal 11:53, 1991). A draw that leaves the classes without overlap cannot send it to infinity.
What it leaves out shrinks with the number of images: against fitting again, the slope's interval lay a
tenth of its width lower at 300 images, and a fortieth at 3,000.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.evaluate import reliability
from mmfundus.evaluate.at_threshold import AT, at_threshold, net_benefit
from mmfundus.evaluate.sums import Sums, by_cell, columns, ratio, stacked

QUALITY = ("brier", "brier_skill", "log_loss", "ece_width", "ece_mass", "slope", "intercept")
FIXED = (*AT[2:], *QUALITY)  # beside sensitivity and specificity at the question's threshold
BENEFIT_AT = (0.05, 0.1, 0.2, 0.3, 0.5)  # probabilities at which the net benefit is stated
BINS = reliability.BINS


def names(thresholds: int) -> tuple[str, ...]:
    """What `figures_of` gives, in order, for so many thresholds (the first is the question's own)."""
    at = [f"{name}@{k}" for k in range(thresholds) for name in AT]
    return (*QUALITY, *at, *(f"benefit@{p}" for p in BENEFIT_AT))


def figures_of(
    p: Float64[np.ndarray, "n"],
    y: Float64[np.ndarray, "n"],
    patient: Int64[np.ndarray, "n"],
    patients: int,
    thresholds: Sequence[float | None],
) -> Sums:
    """The sums of one question's images and the figures `names` of them."""
    marks = sorted({*BENEFIT_AT, *(t for t in thresholds if t is not None)})
    at = np.searchsorted(marks, p, side="right").astype(np.int64)  # how many marks an image is called present at
    cells = len(marks) + 1
    fit = reliability.calibration_fit(p, y)
    a, b, level = fit or (0.0, 0.0, 0.0)
    z = reliability.logit(p)
    free, held = np.array([a, b]), np.array([level, 1.0])
    parts = stacked(
        [
            by_cell(at + cells * (y == 1), patient, 2 * cells, patients),
            by_cell(reliability.equal_width(p), patient, BINS, patients, y - p),
            by_cell(reliability.equal_mass(p), patient, BINS, patients, y - p),
            columns(
                [
                    (p - y) ** 2,
                    reliability.log_losses(p, y),
                    *reliability.gradient(free, z, y),
                    *reliability.hessian(free, z),
                    reliability.gradient(held, z, y)[0],
                    reliability.hessian(held, z)[0],
                ],
                patient,
                patients,
            ),
        ]
    )

    def figures(sums: Float64[np.ndarray, "c r"]) -> Float64[np.ndarray, "m r"]:
        absent, present = sums[:cells], sums[cells : 2 * cells]
        width, mass, rest = np.split(sums[2 * cells :], [BINS, 2 * BINS])
        n1, n0 = present.sum(axis=0), absent.sum(axis=0)
        n = n1 + n0
        step = reliability.newton(rest[2:4], rest[4:7])[1] if fit else np.full(n.shape, np.nan)
        shift = ratio(rest[7], rest[8]) if fit else np.full(n.shape, np.nan)
        brier = ratio(rest[0], n)
        found = [brier, reliability.brier_skill(brier, n1, n), ratio(rest[1], n)]
        found += [reliability.ece(width, n), reliability.ece(mass, n), b + step, level + shift]
        for threshold in thresholds:
            k = None if threshold is None else marks.index(threshold) + 1
            counts = (present[k:].sum(axis=0), absent[k:].sum(axis=0), present[:k].sum(axis=0), absent[:k].sum(axis=0))
            found += list(at_threshold(*counts) if k else np.full((len(AT), *n.shape), np.nan))
        for p_t in BENEFIT_AT:
            k = marks.index(p_t) + 1
            found.append(net_benefit(present[k:].sum(axis=0), absent[k:].sum(axis=0), n, p_t))
        return np.stack(found)

    return Sums(parts, figures, len(names(len(thresholds))))
