"""A linear probe: separable vectors are separated, rows have no order, the penalty comes from validation."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from mmfundus.evaluate import probe


def made(n=60, gap=1.0, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n, dtype=np.float64) % 2
    x = rng.normal(0, 1, (n, 6))
    x[:, 0] += gap * (2 * y - 1)
    return x / np.linalg.norm(x, axis=1, keepdims=True), y


def test_separable_vectors_are_separated():
    x, y = made(gap=20)
    held, truth = made(gap=20, seed=1)
    assert probe.area(probe.fit(x, y, 1.0)(held), truth) == 1.0


def test_it_is_scikit_learns_log_odds():
    x, y = made()
    model = LogisticRegression(C=10, class_weight="balanced", max_iter=2000, tol=1e-6).fit(x, y)
    assert np.allclose(probe.fit(x, y, 10.0)(x), model.decision_function(x), atol=1e-3)


def test_the_order_of_rows_does_not_matter():
    x, y = made()
    order = np.random.default_rng(3).permutation(len(y))
    assert np.array_equal(probe.fit(x, y, 1.0)(x), probe.fit(x[order], y[order], 1.0)(x))


def test_classes_weigh_the_same_whatever_their_numbers():
    x, y = made()
    rare = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:3]])
    odds = probe.fit(x[rare], y[rare], 0.01)(x[rare])
    assert abs(odds[y[rare] == 0].mean()) < 0.5  # unweighted, the intercept alone would be log(3 / 30) = -2.3


def test_the_penalty_is_the_one_that_does_best_on_validation_and_fixed_without_it():
    def fitted(strength):
        return lambda held: (1 if strength == 100.0 else -1) * held[:, 0]

    held, truth = made(gap=5, seed=2)
    assert probe.best(fitted, held, truth)[0] == 100.0
    assert probe.best(fitted, held[truth == 1], truth[truth == 1])[0] == probe.UNCHOSEN
    assert probe.best(lambda _: lambda held: held[:, 0], held, truth)[0] == probe.STRENGTHS[0]  # the first of equals
