import json

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from mmfundus.errors import BrokenModel
from mmfundus.evaluate.calibration import METHODS, Map, fit, from_json
from mmfundus.evaluate.metrics import auroc, rank


def table(n=2000, seed=0, slope=0.4, intercept=0.0):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n) * 3
    y = (rng.random(n) < 1 / (1 + np.exp(-(intercept + slope * z)))).astype(float)
    return 1 / (1 + np.exp(-z)), y, np.arange(n) // 2, z


def test_platt_and_temperature_are_logistic_regressions_without_penalty():
    p, y, patient, z = table(intercept=-0.7)
    for method, free in (("platt", True), ("temperature", False)):
        known = LogisticRegression(C=1e12, tol=1e-12, max_iter=10000, fit_intercept=free).fit(z[:, None], y)
        found = fit(p, y, patient, method)
        expected = known.predict_proba(z[:, None])[:, 1]
        np.testing.assert_allclose(found.apply(p), expected, atol=1e-5)


def test_isotonic_is_scikit_learns():
    p, y, patient, _ = table()
    new = np.linspace(0, 1, 101)
    expected = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(p, y).predict(new)
    np.testing.assert_allclose(fit(p, y, patient, "isotonic").apply(new), expected, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_other_patients_are_told_truer(method):
    p, y, patient, _ = table(seed=1, intercept=-0.7 if method != "temperature" else 0.0)
    q, t, _, _ = table(seed=2, intercept=-0.7 if method != "temperature" else 0.0)
    assert np.mean((fit(p, y, patient, method).apply(q) - t) ** 2) < np.mean((q - t) ** 2) - 0.01


@pytest.mark.parametrize("method", ["temperature", "platt"])
def test_the_order_and_unknown_stay(method):
    p, y, patient, _ = table()
    found = fit(p, y, patient, method)
    areas = [auroc(rank(s, y, patient).tally()) for s in (p, found.apply(p))]
    assert areas[0] == areas[1]
    assert np.isnan(found.apply(np.array([np.nan, 0.3]))).tolist() == [True, False]


def test_too_few_patients_are_refused_with_the_limit():
    p, y, _, _ = table(200)
    few = np.zeros(200, dtype=np.int64)  # a hundred images of one patient are one patient
    assert "needs 20 patients with it and as many without; the validation rows have 1 and 1" in fit(p, y, few, "platt")
    assert "needs 1000 images" in fit(p, y, np.arange(200), "isotonic")


def test_a_slope_that_turns_round_or_has_no_end_is_refused():
    p, y, patient, _ = table()
    assert "turn the order round" in fit(p, 1 - y, patient, "platt")
    assert "do not overlap" in fit(np.where(y == 1, 0.8, 0.2), y, patient, "platt")


@pytest.mark.parametrize("method", METHODS)
def test_written_and_read_it_is_the_same(method):
    p, y, patient, _ = table()
    found = fit(p, y, patient, method)
    assert from_json(json.loads(json.dumps(found.json()))) == found


@pytest.mark.parametrize("bad", [None, {"method": "guess", "numbers": [[0, 1]]}, Map("platt", ((1.0,),)).json()])
def test_a_map_that_is_none_is_named(bad):
    with pytest.raises(BrokenModel, match="calibration"):
        from_json(bad)
