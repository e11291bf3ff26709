import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmfundus.models import maps

values = st.floats(-10, 10, width=32).filter(lambda value: value == 0 or abs(value) > 1e-3)
grids = hnp.arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(1, 4), st.just(3)), elements=values)


def test_a_map_of_known_positions():
    positions = np.zeros((1, 2, 2), np.float32)
    positions[0, 0], positions[0, 1] = (6, 0), (0, 8)  # their mean (3, 4) has the length 5
    np.testing.assert_allclose(maps.evidence(positions, np.array([1.0, 0.0])), [[0.6, 0.0]])
    np.testing.assert_allclose(maps.evidence(positions, np.array([-0.6, 0.8])), [[-0.36, 0.64]])


@settings(max_examples=60, deadline=None)
@given(grids)
def test_a_map_adds_up_to_the_cosine(positions):
    z = positions.mean((0, 1), dtype=np.float64)
    if np.linalg.norm(z) < 1e-2:
        return
    label = np.array([0.48, -0.6, 0.64])
    assert maps.evidence(positions, label).sum() == pytest.approx(z @ label / np.linalg.norm(z), abs=1e-6)
