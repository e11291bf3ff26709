"""The linear method is the probe, on the shots."""

import numpy as np

from mmfundus.evaluate import probe
from mmfundus.evaluate.adapters import Shots, linear


def test_it_is_the_probe_and_sees_no_words():
    x, y = np.eye(4), np.array([1.0, 0, 1, 0])
    for text in (np.eye(4)[:2], np.eye(4)[2:]):
        assert np.array_equal(linear.fit(Shots(x, y, text, 10.0), 1.0)(x), probe.fit(x, y, 1.0)(x))
