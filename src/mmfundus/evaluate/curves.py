"""What charts of one question are drawn from: curves with bands, reliability, benefit, histograms, confusion.

Bands are the 2.5th and 97.5th percentile over draws of whole patients, the first of the very draws that
the intervals of `metrics.json` come from. They are pointwise: at any one place 95 % of the resamples lie
inside, while a whole curve leaves its band somewhere more often than that. However many rows there are,
a curve keeps at most POINTS points, so a page of a million rows is no larger than one of a thousand.

Shape letters: N images with a stated label, G places of the ranking, K points shown, B bins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.evaluate.bootstrap import PERCENTILES, draws

POINTS = 120  # of one curve
BINS = 10  # of a reliability diagram, or fewer, so that each has about LEAST images
LEAST = 10
PLACES = 2000  # that scores are merged into for bands, where there are more
BARS = 20  # of a histogram
GRID = np.linspace(0, 1, 41)  # where bands of ROC and precision-recall are measured
CHANCES = np.arange(1, 96) / 100  # threshold probabilities of a decision curve

Points = Float64[np.ndarray, "_"]


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a line; the band, where there is one, stands at places of its own."""

    x: Points
    y: Points
    at: Points
    low: Points  # NaN where there is no band
    high: Points


@dataclass(frozen=True, slots=True)
class Bins:
    """A reliability diagram: bins of about equal size, equal scores never parted."""

    predicted: Points  # mean probability of the bin's images
    observed: Points  # share of them that is present
    low: Points  # of `observed`; NaN without resamples
    high: Points
    images: Int64[np.ndarray, "b"]


@dataclass(frozen=True, slots=True)
class Confusion:
    """Images at and below the threshold, by what is stated of them."""

    true_present: int
    false_present: int
    false_absent: int
    true_absent: int


@dataclass(frozen=True, slots=True)
class Curves:
    """All that is drawn of one question; roc, pr and benefit are None where a class is lacking."""

    n_present: int
    n_absent: int
    roc: Curve | None
    pr: Curve | None
    benefit: Curve | None
    benefit_all: Points  # net benefit of calling every image present, at the places of `benefit`
    reliability: Bins
    histogram: Int64[np.ndarray, "2 b"]  # absent, present: images in BARS equal steps from 0 to 1
    confusion: Confusion | None  # None without a threshold


def measure(
    scores: Float64[np.ndarray, "n"],
    labels: Float64[np.ndarray, "n"],
    patient: Int64[np.ndarray, "n"],
    patients: int,
    threshold: float | None = None,
    resamples: int = 200,
    seed: int = 0,
) -> Curves:
    """The curves of one question.

    Args:
        scores: probabilities from 0 to 1.
        labels: 1 present, 0 absent; unknown ones must be left out by the caller.
        patient: index of each image's patient, below `patients`.
        patients: of the whole table: draws are the same for all questions, and for `metrics.json`.
        threshold: at or above it an image is called present.
        resamples: draws for the bands; 0 gives none.
        seed: of the draws, that of `metrics.json`.
    """
    places, at = np.unique(scores, return_inverse=True)
    bins = _bin(at, places.size)
    resampled: dict[str, list[Points]] = {"roc": [], "pr": [], "benefit": [], "observed": []}
    few, among = _merged(places, at)
    for times in draws(patients, resamples, seed) if scores.size else ():
        weight = times[patient].astype(np.float64)
        counted = _counts(among, labels, few.size, weight)
        resampled["roc"].append(_read_roc(GRID, *roc(*counted)))
        resampled["pr"].append(_read_pr(GRID[1:], *precision_recall(*counted)))
        resampled["benefit"].append(net_benefit(few, *counted, CHANCES))
        resampled["observed"].append(_observed(bins, labels, weight))
    whole = _counts(at, labels, places.size)
    both = 0 < labels.sum() < labels.size
    return Curves(
        int(labels.sum()),
        int((1 - labels).sum()),
        _curve(*roc(*whole), GRID, resampled["roc"]) if both else None,
        _curve(*precision_recall(*whole), GRID[1:], resampled["pr"]) if both else None,
        _curve(CHANCES, net_benefit(places, *whole, CHANCES), CHANCES, resampled["benefit"]) if both else None,
        _treat_all(labels),
        _reliability(scores, labels, bins, resampled["observed"]),
        histogram(scores, labels),
        None if threshold is None else confusion(scores, labels, threshold),
    )


def roc(present: Float64[np.ndarray, "g"], absent: Float64[np.ndarray, "g"]) -> tuple[Points, Points]:
    """False-positive rate and sensitivity from calling nothing present to calling everything present.

    The points of scikit-learn's `roc_curve` with every place kept. NaN where a class is lacking.
    """
    return _share(_above(absent)), _share(_above(present))


def precision_recall(present: Float64[np.ndarray, "g"], absent: Float64[np.ndarray, "g"]) -> tuple[Points, Points]:
    """Recall, rising, and precision at every place; the point of no recall, which has no precision, is left out.

    Points are joined by steps, never by slopes: between two of them precision is that of the higher
    recall (Davis & Goadrich, ICML 2006).
    """
    true, false = _above(present)[1:], _above(absent)[1:]
    said = true + false
    return _share(np.append(0, true))[1:], np.divide(true, said, out=np.full(true.size, np.nan), where=said > 0)


def net_benefit(
    places: Points, present: Float64[np.ndarray, "g"], absent: Float64[np.ndarray, "g"], chances: Points
) -> Points:
    """True positives less false positives weighted by the odds of the threshold, a share of all images.

    Vickers & Elkin, Medical Decision Making 26:565 (2006). How not to use it: where probabilities are
    not calibrated, or where this table's prevalence is not the clinic's, it measures neither.
    """
    cut = places.size - np.searchsorted(places, chances)  # how many of the highest places are called present
    true, false, total = _above(present)[cut], _above(absent)[cut], present.sum() + absent.sum()
    return (true - false * chances / (1 - chances)) / total if total else np.full(chances.size, np.nan)


def histogram(scores: Float64[np.ndarray, "n"], labels: Float64[np.ndarray, "n"]) -> Int64[np.ndarray, "2 b"]:
    """Images of each class (absent, present) in BARS equal steps of the score; 1 belongs to the last."""
    step = np.minimum((scores * BARS).astype(np.int64), BARS - 1)
    return np.stack([np.bincount(step[labels == value], minlength=BARS) for value in (0, 1)])


def confusion(scores: Float64[np.ndarray, "n"], labels: Float64[np.ndarray, "n"], threshold: float) -> Confusion:
    """Counts at the threshold."""
    called, present = scores >= threshold, labels == 1
    return Confusion(*(int(both.sum()) for both in (
        called & present, called & ~present, ~called & present, ~called & ~present)))  # fmt: skip


def thinned(x: Points, y: Points, most: int = POINTS) -> tuple[Points, Points]:
    """At most `most` of a monotonous curve's points: the ends, and those evenly along its way."""
    if x.size <= most:
        return x, y
    way = np.append(0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    kept = np.unique(np.searchsorted(way, np.linspace(0, way[-1], most)).clip(0, x.size - 1))
    kept[0], kept[-1] = 0, x.size - 1
    return x[kept], y[kept]


def _merged(places: Points, at: Int64[np.ndarray, "n"]) -> tuple[Points, Int64[np.ndarray, "n"]]:
    """At most about PLACES places for the bands: a share moves by 1 / PLACES, a threshold of CHANCES not at all."""
    if places.size <= PLACES:
        return places, at
    upto = np.cumsum(np.bincount(at))
    even = np.searchsorted(upto, np.linspace(0, upto[-1], PLACES, endpoint=False), side="right")
    begins = np.zeros(places.size, bool)
    begins[even] = True
    begins[np.searchsorted(places, CHANCES).clip(max=places.size - 1)] = True
    return places[begins], (np.cumsum(begins) - 1)[at]


def _counts(
    at: Int64[np.ndarray, "n"],
    labels: Float64[np.ndarray, "n"],
    size: int,
    weight: Float64[np.ndarray, "n"] | None = None,
) -> tuple[Float64[np.ndarray, "g"], Float64[np.ndarray, "g"]]:
    """Present and absent images at each place, lowest scores first."""
    weight = np.ones(labels.size) if weight is None else weight
    present = np.bincount(at, weight * labels, minlength=size).astype(np.float64)  # of nothing it gives integers
    return present, np.bincount(at, weight, minlength=size) - present


def _above(counts: Float64[np.ndarray, "g"]) -> Points:
    """How many lie among the 0, 1, ... G highest places."""
    return np.append(0.0, np.cumsum(counts[::-1]))


def _share(counts: Points) -> Points:
    return counts / counts[-1] if counts[-1] else np.full(counts.size, np.nan)


def _read_roc(grid: Points, x: Points, y: Points) -> Points:
    """Sensitivity at the grid's false-positive rates; of a vertical step its upper end."""
    if np.isnan(x).any() or np.isnan(y).any():
        return np.full(grid.size, np.nan)
    sensitivity: Points = np.interp(grid, x, y)  # where x repeats it takes the last, and the first to come down from
    return sensitivity


def _read_pr(grid: Points, recall: Points, precision: Points) -> Points:
    """Precision where the grid's recall is first reached."""
    if np.isnan(recall).any():
        return np.full(grid.size, np.nan)
    first: Points = precision[np.searchsorted(recall, grid - 1e-12).clip(0, recall.size - 1)]
    return first


def _curve(x: Points, y: Points, at: Points, rows: Sequence[Points]) -> Curve:
    return Curve(*thinned(x, y), at, *_band(rows, at.size))


def _band(rows: Sequence[Points], size: int) -> tuple[Points, Points]:
    """Percentiles over the resamples that are defined; NaN without any."""
    known = [row for row in rows if not np.isnan(row).all()]
    if not known:
        return np.full(size, np.nan), np.full(size, np.nan)
    table = np.array(known)
    some = ~np.isnan(table).all(axis=0)
    found = np.full((2, size), np.nan)
    found[:, some] = np.nanpercentile(table[:, some], PERCENTILES, axis=0)
    return found[0], found[1]


def _bin(at: Int64[np.ndarray, "n"], places: int) -> Int64[np.ndarray, "n"]:
    """Bin of each image, from 0: equal numbers, but equal scores stay together."""
    if not at.size:
        return at
    many = min(BINS, max(1, at.size // LEAST))
    size = np.bincount(at, minlength=places)
    middle = np.cumsum(size) - size / 2
    bins = np.minimum((middle * many / at.size).astype(np.int64), many - 1)
    _, found = np.unique(bins, return_inverse=True)
    return np.asarray(found[at], np.int64)


def _reliability(scores: Points, labels: Points, bins: Int64[np.ndarray, "n"], rows: Sequence[Points]) -> Bins:
    images = np.bincount(bins).astype(np.int64)
    predicted = np.bincount(bins, scores, minlength=images.size) / np.maximum(images, 1)
    return Bins(predicted, _observed(bins, labels, np.ones(labels.size)), *_band(rows, images.size), images)


def _observed(bins: Int64[np.ndarray, "n"], labels: Points, weight: Points) -> Points:
    """Share of present images in each bin; NaN where a resample leaves it empty."""
    total = np.bincount(bins, weight).astype(np.float64)
    present = np.bincount(bins, weight * labels)
    share: Points = np.divide(present, total, out=np.full(total.size, np.nan), where=total > 0)
    return share


def _treat_all(labels: Float64[np.ndarray, "n"]) -> Points:
    prevalence = float(labels.mean()) if labels.size else np.nan
    return prevalence - (1 - prevalence) * CHANCES / (1 - CHANCES)
