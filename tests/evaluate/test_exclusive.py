"""One class an image, or no table at all."""

import numpy as np

from mmfundus.evaluate import exclusive
from mmfundus.evaluate.questions import stated
from mmfundus.types import Predictions, Row


def table(*rows, concepts=("drusen", "glaucoma", "normal")):
    """Rows of (modality, what is present, probabilities)."""
    made = tuple(Row(f"{i}.png", m, f"p{i}", present=present) for i, (m, present, _) in enumerate(rows))
    p = np.array([probability for *_, probability in rows], dtype=np.float64)
    return stated(Predictions(made, concepts, p, ("",) * len(made)), np.full(p.shape, np.nan))


NAN = float("nan")
FOUR = (
    ("cfp", ("drusen",), (0.9, 0.1, 0.2)),
    ("cfp", ("glaucoma",), (0.5, 0.4, 0.1)),
    ("cfp", ("normal",), (0.1, 0.2, 0.3)),
    ("cfp", (), (0.9, 0.9, 0.9)),
)


def test_the_likeliest_class_is_the_answer():
    found = exclusive.judge(table(*FOUR), 0, 10)["cfp"]
    assert found["confusion"] == [[1, 0, 0], [1, 0, 0], [0, 0, 1]]
    assert found["accuracy"]["value"] == 2 / 3
    assert (found["n"], found["left_out"]) == (3, 1)
    assert "kappa" not in found  # classes have no order


def test_two_at_once_or_one_class_alone_is_no_such_table():
    assert exclusive.judge(table(*FOUR, ("cfp", ("drusen", "glaucoma"), (0.5, 0.5, 0.5))), 0, 0) == {}
    assert exclusive.judge(table(FOUR[0], FOUR[3]), 0, 0) == {}


def test_each_modality_is_judged_of_what_it_was_asked():
    scans = (("oct", ("drusen",), (0.8, NAN, 0.1)), ("oct", ("normal",), (0.7, NAN, 0.2)))
    found = exclusive.judge(table(*FOUR, *scans), 0, 0)
    assert found["oct"]["grades"] == ["drusen", "normal"]
    assert found["oct"]["confusion"] == [[1, 0], [1, 0]]
