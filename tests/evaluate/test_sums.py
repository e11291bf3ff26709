import numpy as np

from mmfundus.evaluate.sums import Sums, by_cell, columns, ratio, stacked


def test_a_patient_drawn_twice_counts_twice():
    cell, patient = np.array([0, 1, 1]), np.array([0, 0, 1])
    both = stacked([by_cell(cell, patient, 2, 3), columns([np.array([0.5, 1.0, 2.0])], patient, 3)])
    sums = Sums(both, lambda found: found, 3)
    np.testing.assert_array_equal(sums.all(), [1, 2, 3.5])
    np.testing.assert_array_equal(sums.of(np.array([[2.0], [0.0], [1.0]])), [[2, 2, 3.0]])


def test_a_share_of_nothing_is_undefined():
    assert np.isnan(ratio(np.array([1.0]), np.array([0.0]))).all()
