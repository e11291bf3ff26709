"""CLIP-Adapter: the words alone at ratio 0, and a gradient that is the loss's."""

import numpy as np
import pytest

from mmfundus.evaluate.adapters import Shots, clip_adapter, words


def made():
    rng = np.random.default_rng(1)
    x, text = rng.normal(size=(6, 8)), rng.normal(size=(2, 8))
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, text)]
    return Shots(unit[0], np.array([0.0, 1, 0, 1, 0, 1]), unit[1], 5.0)


def test_at_ratio_nought_it_is_the_words_alone():
    shots = made()
    assert clip_adapter.fit(shots, 0.0)(shots.x) == pytest.approx(words(shots.x, shots.text, shots.scale))


def test_the_gradient_is_that_of_the_loss():
    shots, rng, step = made(), np.random.default_rng(2), 1e-6
    layers = [rng.normal(size=(8, 3)), rng.normal(size=(3, 8))]

    def loss(parts):
        odds = words(clip_adapter.adapted(shots.x, 0.5, *parts), shots.text, shots.scale)
        return float(np.mean(np.logaddexp(0, odds) - shots.y * odds))

    found = clip_adapter.slope(shots, 0.5, *layers)
    for which in (0, 1):
        for place in np.ndindex(layers[which].shape):
            moved = [layer.copy() for layer in layers]
            moved[which][place] += step
            less = [layer.copy() for layer in layers]
            less[which][place] -= step
            assert abs(found[which][place] - (loss(moved) - loss(less)) / (2 * step)) < 1e-6
