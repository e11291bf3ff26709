"""What all few-shot methods have in common."""

import numpy as np
import pytest

from mmfundus import plugins
from mmfundus.evaluate import adapters
from mmfundus.evaluate.adapters import Shots, words

METHODS = plugins.names(adapters.__name__)


def made(seed=0, n=8, width=6):
    rng = np.random.default_rng(seed)
    y = np.arange(n, dtype=np.float64) % 2
    x = rng.normal(0, 0.2, (n, width)) + np.outer(2 * y - 1, np.eye(width)[0])
    text = np.eye(width)[1] + np.outer([-0.3, 0.3], np.eye(width)[0])  # words that are nearly alike
    return Shots(
        x / np.linalg.norm(x, axis=1, keepdims=True), y, text / np.linalg.norm(text, axis=1, keepdims=True), 10.0
    )


def test_the_five_methods_are_there():
    assert METHODS == ("clip_adapter", "linear", "text_probe", "tip_adapter", "tip_adapter_f")


@pytest.mark.parametrize("name", METHODS)
def test_separable_shots_are_separated_by_some_setting_and_alike_each_time(name):
    method, shots = plugins.load(adapters.__name__, name), made()
    held = made(seed=5, n=20)
    separated = []
    for setting in method.GRID:
        scores = method.fit(shots, **setting)(held.x)
        assert np.array_equal(scores, method.fit(shots, **setting)(held.x))
        separated.append(scores[held.y == 1].min() > scores[held.y == 0].max())
    assert any(separated)


def test_words_are_the_scaled_difference_of_two_cosines():
    assert words(np.array([[0.6, 0.8]]), np.array([[1.0, 0.0], [0.0, 1.0]]), 10.0) == pytest.approx([2.0])


def test_one_hot_says_absent_then_present():
    assert made(n=2).one_hot.tolist() == [[1, 0], [0, 1]]
