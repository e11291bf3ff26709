"""What follows from four counts at a threshold: true and false positives, false and true negatives.

Each function takes counts (of any shape) and gives NaN where it is undefined. The threshold must be
chosen on other patients; that is done in `questions.operating`.
"""

import numpy as np
from jaxtyping import Float64

from mmfundus.evaluate.sums import ratio

AT = ("sensitivity", "specificity", "balanced_accuracy", "f1", "ppv", "npv")
Counts = Float64[np.ndarray, "*shape"]


def balanced_accuracy(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Counts:
    """Mean of sensitivity and specificity; 0.5 is chance. Undefined with a single class.

    Source: Brodersen et al., ICPR 2010; scikit-learn's `balanced_accuracy_score`. How not to use it:
    as the accuracy a clinic will meet, since it counts both classes as equally common.
    """
    mean: Counts = (ratio(tp, tp + fn) + ratio(tn, tn + fp)) / 2
    return mean


def f1(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Counts:
    """Harmonic mean of sensitivity and positive predictive value, 2 TP / (2 TP + FP + FN).

    Source: van Rijsbergen, Information Retrieval (1979); scikit-learn's `f1_score`. Undefined without
    a present image (scikit-learn's 0 there says nothing of the model); 0 where all present images are
    missed. How not to use it: between tables of different prevalence, and where true negatives matter,
    which it does not count.
    """
    return np.where(tp + fn > 0, ratio(2 * tp, 2 * tp + fp + fn), np.nan)


def ppv(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Counts:
    """Positive predictive value: of the images called present, the share that is. Undefined if none is called so.

    Source: Altman & Bland, BMJ 309:102 (1994); precision. How not to use it: outside the table's own
    prevalence. A set enriched with disease promises a value that no screening clinic will see.
    """
    return ratio(tp, tp + fp)


def npv(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Counts:
    """Negative predictive value: of the images called absent, the share that is. Undefined if none is called so.

    Source and misuse: see `ppv`; where the disease is rare it is near 1 for every model.
    """
    return ratio(tn, tn + fn)


def net_benefit(tp: Counts, fp: Counts, n: Counts, at: float) -> Counts:
    """TP / n - FP / n x at / (1 - at): true positives, less false ones at the rate that `at` holds for fair.

    Source: Vickers & Elkin, Med Decis Making 26:565 (2006). `at` is the probability from which on one
    would act; acting on nobody has 0, and on everybody what this gives with all images called present.
    How not to use it: with probabilities that are not calibrated, at thresholds at which nobody would
    act, or on a set whose prevalence is not that of the clinic.
    """
    return ratio(tp, n) - ratio(fp, n) * at / (1 - at)


def at_threshold(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Float64[np.ndarray, "6 *shape"]:
    """All of AT in their order, along a new first axis."""
    counts = (tp, fp, fn, tn)
    shares = (ratio(tp, tp + fn), ratio(tn, tn + fp))
    return np.stack([*shares, balanced_accuracy(*counts), f1(*counts), ppv(*counts), npv(*counts)])
