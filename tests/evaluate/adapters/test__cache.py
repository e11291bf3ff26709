"""The cache's two limits: without weight it is the words, with all weight it is the nearest shot."""

import numpy as np
import pytest

from mmfundus.evaluate.adapters import Shots, _cache, words

SHOTS = Shots(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1.0, 0.0]), np.array([[1.0, 0.0], [0.0, 1.0]]), 10.0)
X = np.array([[0.8, 0.6], [0.6, 0.8]])


def test_without_weight_it_is_the_words():
    assert _cache.score(SHOTS.x, SHOTS, 0.0, 5.5)(X) == pytest.approx(words(X, SHOTS.text, 10.0))


def test_with_all_weight_it_is_the_nearest_shot():
    assert np.sign(_cache.score(SHOTS.x, SHOTS, 1e4, 5.5)(X)).tolist() == [1, -1]
