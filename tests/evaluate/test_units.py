import numpy as np

from mmfundus.evaluate.units import by_unit
from mmfundus.types import Predictions, Row

NAN = float("nan")
ROWS = (
    Row("1", "cfp", "a", "R"), Row("2", "cfp", "a", "R"), Row("3", "cfp", "a", "L"), Row("4", "oct", "a", "R"),
    Row("5", "cfp", "b", "R"), Row("6", "cfp", "b", ""),
)  # fmt: skip
TABLE = Predictions(
    ROWS, ("drusen",), np.array([[0.2], [0.7], [NAN], [0.9], [0.1], [0.6]]), ("", "", "dark", "", "", "")
)
LABELS = np.array([[0.0], [NAN], [1.0], [0.0], [0.0], [0.0]])


def test_the_worst_image_speaks_and_unknown_is_not_absent():
    eyes, labels, left = by_unit(TABLE, LABELS, "eye")
    assert [(r.modality, r.patient, r.eye) for r in eyes.rows] == [
        ("cfp", "a", "R"), ("cfp", "a", "L"), ("oct", "a", "R"), ("cfp", "b", "R"),
    ]  # fmt: skip
    np.testing.assert_array_equal(eyes.probability[:, 0], [0.7, NAN, 0.9, 0.1])
    np.testing.assert_array_equal(labels[:, 0], [NAN, 1, 0, 0])
    assert left == 1 and eyes.refused[1]


def test_a_patient_is_the_worst_eye_refused_ones_included_in_the_label():
    people, labels, left = by_unit(TABLE, LABELS, "patient")
    np.testing.assert_array_equal(people.probability[:, 0], [0.7, 0.9, 0.6])
    np.testing.assert_array_equal(labels[:, 0], [1, 0, 0])
    assert left == 0
