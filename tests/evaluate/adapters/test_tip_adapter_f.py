"""Tip-Adapter-F: its gradient is the loss's, and its keys fit the shots better than they began."""

import numpy as np

from mmfundus.evaluate.adapters import Shots, _cache, tip_adapter_f


def made():
    rng = np.random.default_rng(0)
    x, text = rng.normal(size=(6, 4)), rng.normal(size=(2, 4))
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, text)]
    return Shots(unit[0], np.array([0.0, 1, 0, 1, 0, 1]), unit[1], 5.0)


def loss(keys, shots, alpha=1.0, beta=5.5):
    logits = _cache.logits(shots.x, keys, shots, alpha, beta)
    return float(np.mean(np.logaddexp(*logits.T) - (logits * shots.one_hot).sum(axis=1)))


def test_the_gradient_is_that_of_the_loss():
    shots, step = made(), 1e-6
    found = tip_adapter_f.slope(shots.x, shots, 1.0, 5.5)
    for i in range(6):
        for j in range(4):
            moved = np.zeros_like(shots.x)
            moved[i, j] = step
            slope = (loss(shots.x + moved, shots) - loss(shots.x - moved, shots)) / (2 * step)
            assert abs(found[i, j] - slope) < 1e-7


def test_learning_lowers_the_loss_and_leaves_the_shots_alone():
    shots = made()
    before = shots.x.copy()
    learned = tip_adapter_f.fit(shots, 3.0, 1.0)(shots.x)
    start = _cache.score(shots.x, shots, 3.0, 1.0)(shots.x)
    assert np.logaddexp(0, -learned * (2 * shots.y - 1)).mean() < np.logaddexp(0, -start * (2 * shots.y - 1)).mean()
    assert np.array_equal(shots.x, before)
