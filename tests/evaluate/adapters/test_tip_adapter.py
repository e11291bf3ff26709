"""Tip-Adapter equals its published formula on numbers worked by hand."""

import math

import numpy as np
import pytest

from mmfundus.evaluate.adapters import Shots, tip_adapter


def test_the_published_formula_by_hand():
    keys, text = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    shots = Shots(keys, np.array([1.0, 0.0, 1.0]), text, 10.0)
    picture = np.array([[0.8, 0.6]])
    # Affinities exp(-beta (1 - cosine)), with cosines 0.8, 0.6 and 0.96.
    near, far, third = (math.exp(-2 * (1 - cosine)) for cosine in (0.8, 0.6, 0.96))
    present, absent = 3 * (near + third) + 10 * 0.8, 3 * far + 10 * 0.6
    assert tip_adapter.fit(shots, alpha=3.0, beta=2.0)(picture) == pytest.approx([present - absent], abs=1e-12)
