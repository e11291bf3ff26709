import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve, roc_curve

from mmfundus.evaluate import curves
from mmfundus.evaluate.bootstrap import draws
from mmfundus.evaluate.curves import CHANCES, GRID, Confusion

SCORES, LABELS = np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])


def measured(scores=SCORES, labels=LABELS, **more):
    return curves.measure(scores, labels, np.arange(scores.size), scores.size, **more)


def random_table(n=400, seed=0):
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.3).astype(float)
    return np.round(np.clip(0.3 * labels + 0.6 * rng.random(n), 0, 1), 2), labels


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40))
def test_roc_and_precision_recall_are_those_of_scikit_learn(table):
    scores = np.array([score / 6 for score, _ in table])
    labels = np.array([float(label) for _, label in table])
    if not 0 < labels.sum() < labels.size:
        return
    found = curves.measure(scores, labels, np.arange(labels.size), labels.size, resamples=0)
    fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
    precision, recall, _ = precision_recall_curve(labels, scores)
    np.testing.assert_allclose(found.roc.x, fpr, atol=1e-12)
    np.testing.assert_allclose(found.roc.y, tpr, atol=1e-12)
    np.testing.assert_allclose(found.pr.x, recall[-2::-1], atol=1e-12)
    np.testing.assert_allclose(found.pr.y, precision[-2::-1], atol=1e-12)


def test_a_single_class_has_no_curve():
    found = measured(labels=np.ones(4))
    assert (found.roc, found.pr, found.benefit, found.n_absent) == (None, None, None, 0)
    assert found.histogram.sum() == 4


def test_nothing_to_measure_is_no_fault():
    found = measured(np.zeros(0), np.zeros(0))
    assert (found.roc, found.n_present, found.reliability.images.size) == (None, 0, 0)


def test_the_band_is_that_of_the_draws_by_hand():
    scores, labels = random_table(60)
    patient = np.arange(60) // 2
    band = curves.measure(scores, labels, patient, 30, resamples=50, seed=3).roc
    by_hand = []
    for times in draws(30, 50, 3):
        repeated = np.repeat(np.arange(60), times[patient])
        fpr, tpr, _ = roc_curve(labels[repeated], scores[repeated], drop_intermediate=False)
        by_hand.append([np.interp(at, fpr, tpr) if at not in fpr else tpr[fpr == at].max() for at in GRID])
    low, high = np.percentile(by_hand, (2.5, 97.5), axis=0)
    np.testing.assert_allclose(band.low, low, atol=1e-12)
    np.testing.assert_allclose(band.high, high, atol=1e-12)


def test_two_images_of_one_patient_are_not_two_proofs():
    scores, labels = random_table(200)
    alone = curves.measure(scores, labels, np.arange(200), 200)
    twice = curves.measure(np.repeat(scores, 4), np.repeat(labels, 4), np.repeat(np.arange(200), 4), 200)
    np.testing.assert_allclose(twice.roc.high - twice.roc.low, alone.roc.high - alone.roc.low, atol=1e-12)


def test_net_benefit_of_a_case_by_hand():
    benefit = dict(zip(CHANCES.round(2), measured(resamples=0).benefit.y, strict=True))
    assert benefit[0.05] == pytest.approx(2 / 4 - 2 / 4 * 0.05 / 0.95)  # all called present
    assert benefit[0.35] == pytest.approx(2 / 4 - 1 / 4 * 0.35 / 0.65)  # at or above
    assert benefit[0.36] == pytest.approx(1 / 4 - 1 / 4 * 0.36 / 0.64)
    assert benefit[0.81] == 0
    assert measured().benefit_all[4] == benefit[0.05]


def test_reliability_bins_are_of_equal_size_and_part_no_tie():
    scores, labels = np.arange(100) / 100, np.tile([0.0, 1.0], 50)
    bins = measured(scores, labels).reliability
    assert bins.images.tolist() == [10] * 10
    np.testing.assert_allclose(bins.observed, 0.5)
    np.testing.assert_allclose(bins.predicted, np.arange(10) / 10 + 0.045)
    assert (bins.low < 0.5).all()
    assert (bins.high > 0.5).all()
    tied = measured(np.repeat([0.2, 0.9], 50), labels).reliability
    assert tied.images.tolist() == [50, 50]
    np.testing.assert_allclose(tied.predicted, [0.2, 0.9])


def test_the_histogram_counts_every_image_once():
    found = measured(np.array([0.0, 0.05, 0.999, 1.0]), LABELS).histogram
    assert (found[0, 0], found[0, 1], found[1, 19], found.sum()) == (1, 1, 2, 4)


def test_confusion_at_the_threshold():
    assert measured(threshold=0.4).confusion == Confusion(1, 1, 1, 1)
    assert measured(threshold=0.0).confusion == Confusion(2, 2, 0, 0)
    assert measured().confusion is None


def test_a_curve_of_many_rows_has_few_points_and_its_ends():
    scores, labels = random_table(20_000)
    scores = scores + np.arange(20_000) / 1e7
    found = curves.measure(np.clip(scores, 0, 1), labels, np.arange(20_000), 20_000, resamples=0)
    assert found.roc.x.size <= curves.POINTS
    assert (found.roc.x[0], found.roc.y[0], found.roc.x[-1], found.roc.y[-1]) == (0, 0, 1, 1)
    fpr, tpr, _ = roc_curve(labels, np.clip(scores, 0, 1), drop_intermediate=False)
    assert abs(np.trapezoid(found.roc.y, found.roc.x) - np.trapezoid(tpr, fpr)) < 2e-3


def test_bands_of_many_scores_are_those_of_all_places(monkeypatch):
    scores, labels = random_table(1500)
    scores = np.clip(scores + np.arange(1500) / 1e6, 0, 1)
    exact = measured(scores, labels, resamples=30)
    monkeypatch.setattr(curves, "PLACES", 300)
    coarse = measured(scores, labels, resamples=30)
    np.testing.assert_array_equal(coarse.benefit.low, exact.benefit.low)
    np.testing.assert_array_equal(coarse.roc.y, exact.roc.y)
    assert 0 < np.abs(coarse.roc.low - exact.roc.low).max() < 0.02
