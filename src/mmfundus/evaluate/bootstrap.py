"""95 % intervals by drawing patients, not images.

Two images of one patient are not two independent looks at a model, so whole patients are drawn
with replacement and all their images with them (cluster bootstrap; Field & Welsh, JRSS B 69:369,
2007). The same draw serves every question, so averages over concepts get their own interval from
averages of the same resamples. Intervals are the 2.5th and 97.5th percentile.

How not to use it: with a handful of patients a class the interval is too narrow, and where the
classes are separated without error every resample says the same and it has no width at all.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int64

from mmfundus.evaluate.metrics import METRICS, measure
from mmfundus.evaluate.questions import Question
from mmfundus.types import Interval

PERCENTILES = (2.5, 97.5)


def draws(patients: int, resamples: int, seed: int) -> Iterator[Int64[np.ndarray, "p"]]:
    """Per resample, how often each patient was drawn; the counts add up to `patients`."""
    rng = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.bincount(rng.integers(patients, size=patients), minlength=patients)


def resample(questions: Sequence[Question], patients: int, resamples: int, seed: int) -> Float64[np.ndarray, "r k 4"]:
    """METRICS of every question in every resample; NaN where a resample leaves one undefined."""
    found = np.full((resamples, len(questions), len(METRICS)), np.nan)
    for r, times in enumerate(draws(patients, resamples, seed)):
        for k, question in enumerate(questions):
            found[r, k] = measure(question.ranking.tally(times))
    return found


def interval(values: Float64[np.ndarray, "k"], resampled: Float64[np.ndarray, "r k"], patients: int) -> Interval:
    """Mean of one metric over K questions with its interval; `reason` states whatever was left out.

    Questions that are undefined (NaN) are no part of the mean; one that is zero is. A resample in which
    only some questions are defined gives their average; one in which none is, is left out. The interval
    is None if more than half of the resamples are left out, or if `patients`, the number of patients
    who were judged, is below two.
    """
    defined = ~np.isnan(values)
    if not defined.any():
        return Interval(None, reason=f"undefined in all {values.size}")
    value = float(values[defined].mean())
    known = ~np.isnan(resampled[:, defined])
    kept = known.any(axis=1)
    if patients < 2:
        return Interval(value, reason="no interval: all images are of one patient")
    if not kept.size:
        return Interval(value, reason="no interval: no resamples were asked for")
    if 2 * kept.sum() < kept.size:
        return Interval(value, reason=f"no interval: {(~kept).sum()} of {kept.size} resamples are undefined")
    means = np.where(known, resampled[:, defined], 0).sum(axis=1)[kept] / known.sum(axis=1)[kept]
    low, high = np.percentile(means, PERCENTILES)
    return Interval(value, float(low), float(high), _left_out(defined, known))


def _left_out(defined: Bool[np.ndarray, "k"], known: Bool[np.ndarray, "r d"]) -> str:
    """The sentence on questions and resamples that a mean or its interval had to do without."""
    empty = int((~known.any(axis=1)).sum())
    partial = int((~known.all(axis=1)).sum()) - empty
    notes = []
    if not defined.all():
        notes.append(f"mean over {defined.sum()} of {defined.size}, the others being undefined")
    if partial:
        notes.append(f"{partial} of {len(known)} resamples average fewer, the others having one class only there")
    if empty:
        notes.append(f"{empty} of {len(known)} resamples are undefined and left out")
    return "; ".join(notes)
