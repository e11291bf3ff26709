import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, f1_score, log_loss

from mmfundus.evaluate import reliability
from mmfundus.evaluate.bootstrap import resample_sums
from mmfundus.evaluate.figures import figures_of, names


def table(n=300, patients=100, seed=0):
    rng = np.random.default_rng(seed)
    z, owner = rng.normal(size=n), rng.integers(patients, size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(-2 * z))).astype(float)
    return np.round(1 / (1 + np.exp(-z)), 3), y, owner


def test_resamples_equal_copied_rows():
    p, y, owner = table()
    found = resample_sums([figures_of(p, y, owner, 100, [0.4])], 100, 40, seed=3)[0]
    rng, of = np.random.default_rng(3), names(1).index
    for r in range(40):
        rows = np.concatenate([np.flatnonzero(owner == one) for one in rng.integers(100, size=100)])
        s, t = p[rows], y[rows]
        assert found[r, of("brier")] == pytest.approx(brier_score_loss(t, s), abs=1e-12)
        assert found[r, of("log_loss")] == pytest.approx(log_loss(t, s), abs=1e-12)
        assert found[r, of("f1@0")] == pytest.approx(f1_score(t, s >= 0.4), abs=1e-12)
        benefit = np.mean((s >= 0.2) & (t == 1)) - np.mean((s >= 0.2) & (t == 0)) * 0.25
        assert found[r, of("benefit@0.2")] == pytest.approx(benefit, abs=1e-12)


def test_one_step_is_near_fitting_again():
    p, y, owner = table(3000, 1000)
    found, of = resample_sums([figures_of(p, y, owner, 1000, [])], 1000, 25, seed=3)[0], names(0).index
    rng = np.random.default_rng(3)
    for r in range(25):
        rows = np.concatenate([np.flatnonzero(owner == one) for one in rng.integers(1000, size=1000)])
        _, slope, level = reliability.calibration_fit(p[rows], y[rows])
        assert found[r, of("slope")] == pytest.approx(slope, abs=0.02)  # the interval is 0.22 wide
        assert found[r, of("intercept")] == pytest.approx(level, abs=0.002)


def test_no_threshold_no_figures_at_it():
    p, y, owner = table()
    found = dict(zip(names(1), figures_of(p, y, owner, 100, [None]).values(), strict=True))
    assert np.isnan(found["f1@0"]) and not np.isnan(found["ece_mass"])
