"""Whether probabilities mean what they say: of images given 0.3, do three in ten have the finding?

Order is not judged here; see `metrics`. A model that ranks well may be far from calibrated, and the
zero-shot probabilities of a CLIP model, which are relative to the labels asked, usually are.

Shape letters: N images with a stated label, B bins, R resamples.
"""

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.evaluate.sums import ratio

BINS = 10
EPS = float(np.finfo(np.float64).eps)
STEPS = 50  # of Newton's method, which needs fewer than ten unless the classes are separated
FLAT = 1e-9  # a slope is found once a step is smaller than this
STEEP = 1e4  # a slope beyond this is that of classes without overlap

Many = Float64[np.ndarray, "n"]
Sum = Float64[np.ndarray, "*r"]


def brier_skill(brier: Sum, present: Sum, n: Sum) -> Sum:
    """1 - Brier / (q (1 - q)), with q the prevalence: 0 is saying q of every image, 1 is perfect, below 0 is worse.

    The Brier score is the mean of (p - label) squared (Brier, Mon Weather Rev 78:1, 1950; scikit-learn's
    `brier_score_loss`); this is its skill against prevalence (Murphy, J Appl Meteorol 12:595, 1973).
    Undefined with a single class. How not to use it: Brier alone. On a rare disease everything scores
    near 0, so models are compared by it on one table only.
    """
    q = ratio(present, n)
    return 1 - ratio(brier, q * (1 - q))


def clipped(p: Many) -> Many:
    """Probabilities kept a rounding away from 0 and 1, where logarithms end."""
    safe: Many = np.clip(p, EPS, 1 - EPS)
    return safe


def logit(p: Many) -> Many:
    """Log-odds of probabilities, finite at 0 and 1."""
    odds: Many = np.log(clipped(p)) - np.log1p(-clipped(p))
    return odds


def log_losses(p: Many, y: Many) -> Many:
    """Per image, minus the logarithm of the probability of what is so; the log loss is their mean.

    Source: Good, J R Stat Soc B 14:107 (1952); scikit-learn's `log_loss`. Probabilities are clipped at
    2.2e-16. How not to use it: between tables, or where single labels may be wrong, for one sure error
    can outweigh a thousand images.
    """
    safe = clipped(p)
    losses: Many = -np.where(y == 1, np.log(safe), np.log1p(-safe))
    return losses


def equal_width(p: Many) -> Int64[np.ndarray, "n"]:
    """The bin of each image among BINS intervals of equal width; the last one holds 1."""
    return np.minimum((p * BINS).astype(np.int64), BINS - 1)


def equal_mass(p: Many) -> Int64[np.ndarray, "n"]:
    """The bin of each image among BINS that hold about as many images each; equal scores share a bin."""
    edges = np.unique(np.quantile(p, np.arange(1, BINS) / BINS, method="inverted_cdf")) if p.size else p
    return np.searchsorted(edges, p, side="left").astype(np.int64)


def ece(excess: Float64[np.ndarray, "b *r"], n: Sum) -> Sum:
    """Expected calibration error: over bins, the mean gap between mean probability and share of present images.

    `excess` is the sum of (label - probability) in each bin, whose absolute values over `n` are exactly the
    gaps weighted by the bins' sizes. Source: Naeini et al., AAAI 2015; Guo et al., ICML 2017. Both bins of
    equal width (`ece_width`) and of equal mass (`ece_mass`; Nixon et al., CVPRW 2019) are given. How not to
    use it: as evidence of skill (saying the prevalence of every image has 0), between numbers of bins, or
    without its interval: it is biased upwards, the more so the fewer images there are.
    """
    return ratio(np.abs(excess).sum(axis=0), n)


def calibration_fit(p: Many, y: Many) -> tuple[float, float, float] | None:
    """(a, b, c): label ~ logistic(a + b logit p), whose b is the slope; c is a where b is held at 1.

    Slope 1 and intercept c = 0 are ideal; a slope below 1 means probabilities too extreme, c above 0 that
    they are too low on the whole. Source: Cox, Biometrika 45:562 (1958); Van Calster et al., J Clin
    Epidemiol 74:167 (2016). None with a single class, equal probabilities, or classes that do not overlap
    (the slope is infinite). How not to use it: as proof of calibration, since it sees only a straight
    line; look at the reliability curve as well.
    """
    z = logit(p)
    if y.size == 0 or y.min() == y.max() or z.min() == z.max():
        return None
    both, level = np.zeros(2), 0.0
    for _ in range(STEPS):
        g, h = gradient(both, z, y), hessian(both, z)
        step = newton(g.sum(axis=1)[:, None], h.sum(axis=1)[:, None])[:, 0]
        both = both + np.clip(step, -5, 5)
        if not np.isfinite(both).all() or abs(both[1]) > STEEP:
            return None
        if np.abs(step).max() < FLAT:
            break
    else:
        return None
    for _ in range(STEPS):
        likely = logistic(z + level)
        level += float(np.clip((y - likely).sum() / max((likely * (1 - likely)).sum(), EPS), -5, 5))
    return float(both[0]), float(both[1]), level


def gradient(both: Float64[np.ndarray, "2"], z: Many, y: Many) -> Float64[np.ndarray, "2 n"]:
    """Each image's part of the log-likelihood's gradient at intercept and slope."""
    excess = y - logistic(both[0] + both[1] * z)
    return np.stack([excess, excess * z])


def hessian(both: Float64[np.ndarray, "2"], z: Many) -> Float64[np.ndarray, "3 n"]:
    """Each image's part of its negative second derivative: by a a, by a b, by b b."""
    likely = logistic(both[0] + both[1] * z)
    weight = likely * (1 - likely)
    return np.stack([weight, weight * z, weight * z * z])


def newton(g: Float64[np.ndarray, "2 *r"], h: Float64[np.ndarray, "3 *r"]) -> Float64[np.ndarray, "2 *r"]:
    """The step from a point towards the most likely intercept and slope; NaN where there is no way to go."""
    determinant = h[0] * h[2] - h[1] ** 2
    return np.stack([ratio(h[2] * g[0] - h[1] * g[1], determinant), ratio(h[0] * g[1] - h[1] * g[0], determinant)])


def logistic(x: Many) -> Many:
    """Probabilities of log-odds."""
    likely: Many = np.exp(-np.logaddexp(0, -x))
    return likely
