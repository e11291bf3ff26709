"""The text-anchored probe lies between the words alone and a probe that forgets them."""

import numpy as np
import pytest

from mmfundus.evaluate.adapters import Shots, text_probe, words

X = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [-0.6, 0.8]])
SHOTS = Shots(X, np.array([1.0, 1.0, 0.0, 0.0]), np.array([[1.0, 0.0], [0.0, 1.0]]), 10.0)  # the words are wrong


def test_a_strong_pull_leaves_the_words_but_for_a_constant():
    apart = text_probe.fit(SHOTS, 1e8)(X) - words(X, SHOTS.text, 10.0)
    assert apart == pytest.approx(np.full(4, apart[0]), abs=1e-3)


def test_a_weak_pull_lets_the_shots_overrule_wrong_words():
    held, free = text_probe.fit(SHOTS, 1e8)(X), text_probe.fit(SHOTS, 1e-4)(X)
    assert held[:2].max() < held[2:].min()
    assert free[:2].min() > free[2:].max()
