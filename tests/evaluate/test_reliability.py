import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from mmfundus.evaluate import reliability


def table(n=400, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n) * 2
    y = (rng.random(n) < 1 / (1 + np.exp(-(0.5 * z - 0.7)))).astype(float)
    return 1 / (1 + np.exp(-z)), y, z


def test_log_loss_and_brier_equal_scikit_learn():
    p, y, _ = table()
    assert reliability.log_losses(p, y).mean() == pytest.approx(log_loss(y, p), abs=1e-12)
    q, n = y.mean(), np.array([float(y.size)])
    skill = reliability.brier_skill(np.array([brier_score_loss(y, p)]), np.array([y.sum()]), n)[0]
    assert skill == pytest.approx(1 - brier_score_loss(y, p) / (q * (1 - q)), abs=1e-12)


def test_log_loss_of_a_sure_error_is_scikit_learns():
    p, y = np.array([0.0, 1.0, 0.5]), np.array([1.0, 1.0, 0.0])
    assert reliability.log_losses(p, y).mean() == pytest.approx(log_loss(y, p), abs=1e-12)


@pytest.mark.parametrize("bins", [reliability.equal_width, reliability.equal_mass])
def test_ece_is_the_mean_gap_of_the_bins(bins):
    p, y, _ = table()
    at = bins(p)
    gaps = [np.mean(at == b) * abs(y[at == b].mean() - p[at == b].mean()) for b in np.unique(at)]
    excess = np.bincount(at, y - p, reliability.BINS)[:, None]
    assert reliability.ece(excess, np.array([float(y.size)]))[0] == pytest.approx(sum(gaps), abs=1e-12)


def test_bins_of_equal_mass_hold_as_many_and_never_part_equal_scores():
    assert set(np.bincount(reliability.equal_mass(np.arange(200) / 200))) == {20}
    assert len(set(reliability.equal_mass(np.full(30, 0.4)))) == 1


def test_slope_and_intercept_are_those_of_a_logistic_regression_without_penalty():
    p, y, z = table()
    a, b, level = reliability.calibration_fit(p, y)
    fitted = LogisticRegression(C=1e12, tol=1e-12, max_iter=10000).fit(z[:, None], y)
    assert (a, b) == pytest.approx((fitted.intercept_[0], fitted.coef_[0, 0]), abs=1e-5)
    assert np.sum(y - 1 / (1 + np.exp(-(z + level)))) == pytest.approx(0, abs=1e-9)
    both = np.array([a, b])
    assert np.abs(reliability.gradient(both, z, y).sum(axis=1)).max() < 1e-9  # at the very top


def test_no_slope_without_overlap_or_with_one_class():
    assert reliability.calibration_fit(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.0, 0, 1, 1])) is None
    assert reliability.calibration_fit(np.array([0.1, 0.2]), np.array([1.0, 1.0])) is None
