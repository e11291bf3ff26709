"""One answer an image out of several: grades of a scale, or concepts that exclude each other.

The predicted class is the likeliest one. Everything is computed of the confusion matrix, a row for each
class as stated and a column for each as predicted, which is a sum over patients.

Shape letters: N images, K classes, R resamples.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.evaluate.bootstrap import interval, resample_sums
from mmfundus.evaluate.sums import Sums, by_cell, ratio
from mmfundus.types import Interval

FIGURES = ("accuracy", "balanced_accuracy", "kappa")
Confusion = Float64[np.ndarray, "k k *r"]


def accuracy(confusion: Confusion) -> Float64[np.ndarray, "*r"]:
    """Share of images given the class that is stated.

    How not to use it: where one class is common, which always to name would score well.
    """
    return ratio(np.trace(confusion), confusion.sum(axis=(0, 1)))


def balanced_accuracy(confusion: Confusion) -> Float64[np.ndarray, "*r"]:
    """Mean over stated classes of the share of each that is found; a class of which none is found counts as 0.

    Source: scikit-learn's `balanced_accuracy_score`. Classes that no image is stated to have are no part
    of the mean. How not to use it: dropping the zeros, as averages over "classes with a score" do, which
    turns a model blind to a disease into a good one.
    """
    stated = confusion.sum(axis=1)
    found = np.diagonal(confusion).T if confusion.ndim == 2 else np.moveaxis(np.diagonal(confusion), -1, 0)
    share = np.divide(found, stated, out=np.zeros_like(stated), where=stated > 0)
    mean: Float64[np.ndarray, "*r"] = ratio(share.sum(axis=0), (stated > 0).sum(axis=0).astype(np.float64))
    return mean


def kappa(confusion: Confusion) -> Float64[np.ndarray, "*r"]:
    """Cohen's kappa with quadratic weights: agreement beyond chance, an error counting by its squared distance.

    1 - sum(w O) / sum(w E), w = (i - j) squared, E the table of independent margins. Source: Cohen, Psychol
    Bull 70:213 (1968); scikit-learn's `cohen_kappa_score(weights="quadratic")`. Undefined where chance
    itself never errs. How not to use it: on classes without an order, or between tables of different
    prevalence, on which it depends; the weights treat all steps alike, which ICDR's are not.
    """
    place = np.arange(confusion.shape[0], dtype=np.float64)
    weight = ((place[:, None] - place) ** 2).reshape(len(place), len(place), *[1] * (confusion.ndim - 2))
    n = confusion.sum(axis=(0, 1))
    chance = confusion.sum(axis=1)[:, None] * confusion.sum(axis=0)[None]
    return 1 - ratio((weight * confusion).sum(axis=(0, 1)) * n, (weight * chance).sum(axis=(0, 1)))


def likeliest(probability: Float64[np.ndarray, "n k"]) -> Int64[np.ndarray, "n"]:
    """The class of the highest probability; of equal ones the first, which is the mildest grade."""
    return np.asarray(probability.argmax(axis=1), dtype=np.int64)


def judge(
    stated: Int64[np.ndarray, "n"],
    predicted: Int64[np.ndarray, "n"],
    patient: Int64[np.ndarray, "n"],
    classes: Sequence[str],
    *,
    ordered: bool,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """An entry of `scales` or `exclusive` in metrics.json."""
    k, patients = len(classes), int(patient.max(initial=-1)) + 1
    cells = by_cell(stated * k + predicted, patient, k * k, patients)
    sums = Sums(cells, lambda found: _figures(found.reshape(k, k, -1)), len(FIGURES))
    values, drawn = sums.values(), resample_sums([sums], patients, resamples, seed)[0]
    confusion = sums.all().reshape(k, k)
    rows = confusion.sum(axis=1)
    judged = np.unique(patient).size
    return {
        "grades": list(classes),
        "n": int(stated.size),
        "n_patients": judged,
        "confusion": confusion.astype(int).tolist(),
        "recall": {name: float(confusion[i, i] / rows[i]) if rows[i] else None for i, name in enumerate(classes)},
        "balanced_over": int((rows > 0).sum()),
        **{
            name: _json(interval(values[[m]], drawn[:, [m]], judged))
            for m, name in enumerate(FIGURES)
            if ordered or name != "kappa"
        },
    }


def _figures(confusion: Float64[np.ndarray, "k k r"]) -> Float64[np.ndarray, "3 r"]:
    return np.stack([accuracy(confusion), balanced_accuracy(confusion), kappa(confusion)])


def _json(found: Interval) -> dict[str, Any]:
    if found.value is None:
        why = "undefined: no image, or stated and predicted classes are all one and the same"
        return Interval(None, reason=why).json()
    return found.json()
