"""Adam against its first step by hand, and on a bowl."""

import numpy as np
import pytest

from mmfundus.evaluate.adapters._adam import descend, softmax


def test_the_first_step_is_the_rate_against_the_gradients_sign():
    found = descend([np.array([1.0, -2.0])], lambda _: [np.array([5.0, -0.1])], 0.1, 1)[0]
    assert found == pytest.approx([0.9, -1.9], abs=1e-6)


def test_it_finds_the_bottom_of_a_bowl():
    assert descend([np.array([3.0])], lambda at: [2 * (at[0] - 1)], 0.1, 300)[0] == pytest.approx([1.0], abs=1e-2)


def test_softmax_of_large_numbers_is_finite():
    assert softmax(np.array([[1000.0, 1000.0]])).tolist() == [[0.5, 0.5]]
