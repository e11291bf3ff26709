"""95 % intervals by drawing patients, not images.

Two images of one patient are not two independent looks at a model, so whole patients are drawn
with replacement and all their images with them (cluster bootstrap; Field & Welsh, JRSS B 69:369,
2007). The same draw serves every question, so averages over concepts get their own interval from
averages of the same resamples. Intervals are the 2.5th and 97.5th percentile.

How not to use it: with a handful of patients a class the interval is too narrow, and where the
classes are separated without error every resample says the same and it has no width at all.
"""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

from mmfundus.evaluate.metrics import METRICS, Ranking, Tally, measure
from mmfundus.evaluate.questions import Question
from mmfundus.evaluate.sums import Sums
from mmfundus.types import Interval

PERCENTILES = (2.5, 97.5)
CHUNK = 32  # resamples counted at a time: bounds memory whatever their number
THREADS = os.cpu_count() or 1


def draws(patients: int, resamples: int, seed: int) -> Iterator[Int64[np.ndarray, "p"]]:
    """Per resample, how often each patient was drawn; the counts add up to `patients`."""
    rng = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.bincount(rng.integers(patients, size=patients), minlength=patients)


def resample(questions: Sequence[Question], patients: int, resamples: int, seed: int) -> Float64[np.ndarray, "r k 4"]:
    """METRICS of every question in every resample; NaN where a resample leaves one undefined.

    Questions are counted side by side, a thread each: NumPy counts outside the interpreter's lock.
    """
    found = np.full((resamples, len(questions), len(METRICS)), np.nan)
    with ThreadPoolExecutor(THREADS) as threads:
        for first, times in _in_chunks(draws(patients, resamples, seed)):

            def count(k: int, first: int = first, times: list[Any] = times) -> None:
                for r, drawn in enumerate(times, start=first):
                    found[r, k] = measure(questions[k].ranking.tally(drawn))

            list(threads.map(count, range(len(questions))))
    return found


def resample_sums(sums: Sequence[Sums], patients: int, resamples: int, seed: int) -> list[Float64[np.ndarray, "r m"]]:
    """The figures of each of `sums` in every resample, of the same patients as `resample` with this seed."""
    found: list[list[Any]] = [[] for _ in sums]
    with ThreadPoolExecutor(THREADS) as threads:
        for _, times in _in_chunks(draws(patients, resamples, seed)):
            drawn = np.stack(times, axis=1).astype(np.float64)
            for parts, part in zip(found, threads.map(lambda one, drawn=drawn: one.of(drawn), sums), strict=True):
                parts.append(part)
    return [np.concatenate(parts) if parts else np.empty((0, one.n)) for parts, one in zip(found, sums, strict=True)]


def _in_chunks(drawn: Iterator[Int64[np.ndarray, "p"]]) -> Iterator[tuple[int, list[Any]]]:
    """Draws, CHUNK at a time in the smallest type that holds them, each with the number of its first."""
    first = 0
    while times := [t.astype(np.min_scalar_type(t.max(initial=0))) for t in itertools.islice(drawn, CHUNK)]:
        yield first, times
        first += len(times)


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


def resample_one(
    ranking: Ranking, figure: Callable[[Tally], float | None], times: Iterable[Int64[np.ndarray, "p"]]
) -> tuple[Float64[np.ndarray, "1"], Float64[np.ndarray, "r 1"]]:
    """One figure of one ranking, and what it is in each resample; NaN where undefined: what `interval` takes."""
    found = [figure(ranking.tally(drawn)) for drawn in (None, *times)]
    values = np.array([np.nan if one is None else one for one in found], dtype=np.float64)
    return values[:1], values[1:, None]


def of_draws(value: float, drawn: Sequence[float], none: str) -> Interval:
    """A figure with the percentiles of what it was in each draw; `none` says why there are too few of them."""
    if len(drawn) < 2:
        return Interval(value, reason=f"no interval: {none}")
    low, high = np.percentile(drawn, PERCENTILES)
    return Interval(value, float(low), float(high))


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
