import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, cohen_kappa_score, confusion_matrix

from mmfundus.evaluate.graded import accuracy, balanced_accuracy, judge, kappa, likeliest

GRADES = ("0", "1", "2", "3")
pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40)


@given(pairs)
def test_equals_scikit_learn(drawn):
    stated, predicted = (np.array(column) for column in zip(*drawn, strict=True))
    assume(len({*stated, *predicted}) > 1)
    table = confusion_matrix(stated, predicted, labels=range(4)).astype(float)[:, :, None]
    expected = cohen_kappa_score(stated, predicted, weights="quadratic", labels=range(4))
    assert kappa(table)[0] == pytest.approx(expected, abs=1e-12)
    assert accuracy(table)[0] == pytest.approx(accuracy_score(stated, predicted), abs=1e-12)
    if set(predicted) <= set(stated):  # scikit-learn warns of classes that are only predicted
        assert balanced_accuracy(table)[0] == pytest.approx(balanced_accuracy_score(stated, predicted), abs=1e-12)


def test_a_class_of_which_none_is_found_stays_in_the_average():
    found = judge(np.array([0, 0, 1, 2]), np.array([0, 0, 0, 2]), np.arange(4), GRADES, ordered=True, resamples=20)
    assert found["recall"] == {"0": 1.0, "1": 0.0, "2": 1.0, "3": None}
    assert found["balanced_accuracy"]["value"] == pytest.approx(2 / 3, abs=1e-12) and found["balanced_over"] == 3
    assert found["confusion"] == [[2, 0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]


def test_one_class_only_is_null_with_a_reason():
    found = judge(np.zeros(3, int), np.zeros(3, int), np.arange(3), GRADES, ordered=True, resamples=10)
    assert found["kappa"]["value"] is None and "one and the same" in found["kappa"]["reason"]
    assert "kappa" not in judge(np.zeros(3, int), np.zeros(3, int), np.arange(3), GRADES, ordered=False, resamples=0)


def test_the_interval_is_that_of_copied_rows():
    rng = np.random.default_rng(0)
    stated, owner = rng.integers(4, size=60), rng.integers(20, size=60)
    predicted = np.clip(stated + rng.integers(-1, 2, size=60), 0, 3)
    patients = int(owner.max()) + 1
    found = judge(stated, predicted, owner, GRADES, ordered=True, resamples=50, seed=5)
    rng, brute = np.random.default_rng(5), []
    for _ in range(50):
        rows = np.concatenate([np.flatnonzero(owner == p) for p in rng.integers(patients, size=patients)])
        brute.append(cohen_kappa_score(stated[rows], predicted[rows], weights="quadratic", labels=range(4)))
    assert (found["kappa"]["low"], found["kappa"]["high"]) == pytest.approx(
        np.percentile(brute, (2.5, 97.5)), abs=1e-12
    )


def test_of_equal_probabilities_the_mildest_grade():
    assert likeliest(np.array([[0.4, 0.4], [0.1, 0.2]])).tolist() == [0, 1]
