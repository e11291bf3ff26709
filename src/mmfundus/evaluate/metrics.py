"""How well probabilities order and separate images; each metric is defined where it is computed.

Every metric is a function of a `Tally`: how many present and how many absent images lie at each place
in the order of scores. A `Ranking` sorts the images once, and any resample of patients is then only
counted again: thousands of resamples of a million images cost no second sort.

Shape letters: N images with a stated label (N1 present, N0 absent), G places, P patients.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64, Integer

METRICS = ("auroc", "auprc", "sensitivity", "specificity")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many present and absent images are counted at each place, lowest scores first."""

    present: Float64[np.ndarray, "g"]  # whole numbers
    absent: Float64[np.ndarray, "g"]
    cut: int | None  # first place at or above the threshold; None without one


@dataclass(frozen=True, slots=True)
class Ranking:
    """Images of one question in the order of their scores, and whose they are."""

    score: Float64[np.ndarray, "g"]  # the lowest score at each place, ascending
    cut: int | None  # first place at or above the threshold
    present_at: Int64[np.ndarray, "n1"]  # per present image: its place, ascending
    absent_at: Int64[np.ndarray, "n0"]
    present_patient: Int64[np.ndarray, "n1"]  # per present image: index of its patient
    absent_patient: Int64[np.ndarray, "n0"]
    present_upto: Int64[np.ndarray, "g"]  # how many present images lie at each place or before it
    absent_upto: Int64[np.ndarray, "g"]

    def patients(self) -> Int64[np.ndarray, "q"]:
        """The different patients who have a stated label."""
        return np.union1d(self.present_patient, self.absent_patient)

    def tally(self, times: Integer[np.ndarray, "p"] | None = None) -> Tally:
        """Count the images; with `times`, each as often as its patient was drawn."""
        present = _count(self.present_upto, self.present_patient, times)
        return Tally(present, _count(self.absent_upto, self.absent_patient, times), self.cut)


def rank(
    scores: Float64[np.ndarray, "n"],
    labels: Float64[np.ndarray, "n"],
    patients: Int64[np.ndarray, "n"],
    threshold: float | None = None,
) -> Ranking:
    """Sort images by score, once. Equal scores share a place, whatever the order of the rows.

    So do absent images that no present score and no threshold lies between: no metric tells them
    apart, and a rare concept then has few places to add up in each resample.

    Args:
        scores: probabilities or any other finite numbers, higher = likelier present.
        labels: 1 present, 0 absent. Unknown ones (NaN) must be left out by the caller.
        patients: index of each image's patient.
        threshold: at or above it an image is called present; chosen on other images.
    """
    assert np.isfinite(scores).all() and np.isin(labels, (0, 1)).all()
    order = np.argsort(scores, kind="stable")
    distinct, at = np.unique(scores[order], return_inverse=True)
    present, owner = labels[order] == 1, patients[order]
    begins = np.bincount(at[present], minlength=distinct.size) > 0  # a place of its own
    begins[1:] |= begins[:-1].copy()  # and what comes after it begins another
    begins[:1] = True
    if threshold is not None:
        begins[np.searchsorted(distinct, threshold) :][:1] = True
    score, at = distinct[begins], (np.cumsum(begins) - 1)[at]
    cut = None if threshold is None else int(np.searchsorted(score, threshold))
    upto = [np.cumsum(np.bincount(at[these], minlength=score.size)) for these in (present, ~present)]
    return Ranking(score, cut, at[present], at[~present], owner[present], owner[~present], *upto)


def auroc(tally: Tally) -> float | None:
    """Area under the ROC curve: the chance that a present image scores above an absent one, a tie counting half.

    Source: Hanley & McNeil, Radiology 143:29 (1982); the Mann-Whitney U with midranks. 0.5 is chance.
    None with a single class. How not to use it: it says nothing of calibration or of any threshold,
    and on rare diseases it looks better than the positive predictive value a clinic will meet. Never
    compute it over scores of several modalities or models at once: their cosines are not comparable.
    """
    present, absent = tally.present.sum(), tally.absent.sum()
    if present == 0 or absent == 0:
        return None
    below = np.cumsum(tally.absent) - tally.absent
    return float(tally.present @ (below + tally.absent / 2) / (present * absent))


def auprc(tally: Tally) -> float | None:
    """Average precision: the mean, over present images, of the precision at the image's own score.

    Sum of (recall step) x precision from the highest score down, images of equal score entering
    together; no interpolation. Source: Davis & Goadrich, ICML 2006, and scikit-learn's
    `average_precision_score`. None with a single class (without absent images it is always 1).
    How not to use it: chance is the prevalence, n_present / (n_present + n_absent), not 0.5, so
    values from tables of different prevalence cannot be compared.
    """
    if tally.present.sum() == 0 or tally.absent.sum() == 0:
        return None
    step = tally.present[::-1]
    true, false = np.cumsum(step), np.cumsum(tally.absent[::-1])
    precision = true / np.maximum(true + false, 1)  # counts are whole: below 1 is 0, and so is the step
    return float(step @ precision / true[-1])


def sensitivity(tally: Tally) -> float | None:
    """Share of present images at or above the threshold. None without a present image or a threshold.

    How not to use it: alone (saying "present" to everything gives 1), or at a threshold that was
    chosen on the same images.
    """
    present = tally.present.sum()
    return None if present == 0 or tally.cut is None else float(tally.present[tally.cut :].sum() / present)


def specificity(tally: Tally) -> float | None:
    """Share of absent images below the threshold. None without an absent image or a threshold.

    How not to use it: alone (saying "absent" to everything gives 1), or at a threshold that was
    chosen on the same images.
    """
    absent = tally.absent.sum()
    return None if absent == 0 or tally.cut is None else float(tally.absent[: tally.cut].sum() / absent)


def youden(ranking: Ranking) -> float | None:
    """The score at which sensitivity + specificity - 1 is greatest; of equally good ones the most sensitive.

    Source: Youden, Cancer 3:32 (1950). None with a single class. How not to use it: choose it on
    validation rows and apply it to others, since on its own rows it flatters both figures. It weighs
    a missed disease like a false alarm, which a screening policy seldom does.
    """
    tally = ranking.tally()
    present, absent = tally.present.sum(), tally.absent.sum()
    if present == 0 or absent == 0:
        return None
    caught = np.cumsum(tally.present[::-1])[::-1]
    cleared = np.cumsum(tally.absent) - tally.absent
    # Both shares times present x absent: whole numbers, so that equally good scores are exactly equal.
    return float(ranking.score[np.argmax(caught * absent + cleared * present)])


def for_sensitivity(ranking: Ranking, least: float) -> float | None:
    """The highest score at which sensitivity is at least `least`: what a screening programme asks for.

    Of all thresholds that catch enough it clears the most. None without a present image. How not to
    use it: as a promise. It is met on the rows it was chosen on; on others the interval of their
    sensitivity says how far it held.
    """
    tally = ranking.tally()
    present = tally.present.sum()
    if present == 0:
        return None
    caught = np.cumsum(tally.present[::-1])[::-1]
    return float(ranking.score[np.flatnonzero(caught >= _whole(least * present))[-1]])


def for_specificity(ranking: Ranking, least: float) -> float | None:
    """The lowest score at which specificity is at least `least`. None without an absent image or a score that high.

    Of all thresholds that clear enough it catches the most. How not to use it: see `for_sensitivity`.
    """
    tally = ranking.tally()
    absent = tally.absent.sum()
    if absent == 0:
        return None
    cleared = np.cumsum(tally.absent) - tally.absent
    enough = np.flatnonzero(cleared >= _whole(least * absent))
    return float(ranking.score[enough[0]]) if enough.size else None


def _whole(count: float) -> float:
    """The least whole number of images that is at least `count`, which may lie a rounding above a whole one."""
    return float(np.ceil(count - 1e-9))


def measure(tally: Tally) -> Float64[np.ndarray, "4"]:
    """All of METRICS in their order; NaN where undefined."""
    found = (auroc(tally), auprc(tally), sensitivity(tally), specificity(tally))
    return np.array([np.nan if value is None else value for value in found])


def undefined(metric: str, tally: Tally) -> str:
    """Why a metric has no value for lack of a class; empty if that is not the reason."""
    present, absent = int(tally.present.sum()), int(tally.absent.sum())
    lacks_present = metric != "specificity" and present == 0
    lacks_absent = metric != "sensitivity" and absent == 0
    if not (lacks_present or lacks_absent):
        return ""
    what = " and ".join(name for name, lacks in (("a present", lacks_present), ("an absent", lacks_absent)) if lacks)
    return f"needs {what} image: {present} present and {absent} absent are stated"


def _count(
    upto: Int64[np.ndarray, "g"], patient: Int64[np.ndarray, "n"], times: Integer[np.ndarray, "p"] | None
) -> Float64[np.ndarray, "g"]:
    """Images at each place, each as often as its patient was drawn: differences of one running sum.

    Of all ways to count again this one keeps no thread waiting for another, and a small type of
    `times` keeps the look-up within the processor's cache.
    """
    if times is None:
        return np.diff(upto, prepend=0).astype(np.float64)
    running = np.zeros(patient.size + 1)
    np.cumsum(times[patient], dtype=np.float64, out=running[1:])
    below = running[upto]
    below[1:] -= below[:-1].copy()
    return np.asarray(below, dtype=np.float64)
