"""Draws of patients: nested, apart, told by the seed alone; and a curve whose interval knows both sources."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mmfundus.evaluate.few_shot import ZERO, Curve, chosen
from mmfundus.evaluate.metrics import rank

ROWS = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.integers(0, 12)), min_size=1, max_size=60)


def table(rows):
    return np.array([y for y, _ in rows]), [f"p{p}" for _, p in rows], [f"{i}.png" for i in range(len(rows))]


@given(ROWS, st.integers(1, 8), st.integers(0, 99))
def test_draws_are_nested_apart_and_one_image_a_patient(rows, most, seed):
    y, patient, image = table(rows)
    present, absent = chosen(y, patient, image, most, (seed,))
    assert (y[present] == 1).all() and (y[absent] == 0).all()
    owners = [patient[i] for i in present + absent]
    assert len(set(owners)) == len(owners)
    assert len(present) == min(most, len({p for v, p in zip(y, patient, strict=True) if v == 1}))
    assert chosen(y, patient, image, most + 1, (seed,))[0][:1] == present[:1]


@given(ROWS, st.integers(0, 99), st.randoms())
def test_the_order_of_rows_does_not_matter(rows, seed, random):
    y, patient, image = table(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = chosen(y[order], [patient[i] for i in order], [image[i] for i in order], 4, (seed,))
    for side, other in zip(chosen(y, patient, image, 4, (seed,)), shuffled, strict=True):
        assert [image[i] for i in side] == [image[order[i]] for i in other]


def test_another_draw_is_another_choice():
    y, patient, image = table([(1.0, p) for p in range(50)])
    draws = {tuple(chosen(y, patient, image, 4, (0, d, "cfp", "drusen"))[0]) for d in range(5)}
    assert len(draws) == 5


def curve(*scores):
    y, owner = np.array([1.0, 1, 0, 0]), np.arange(4)
    its = [rank(np.array(s, dtype=np.float64), y, owner) for s in scores]
    return Curve({ZERO: {("cfp", "drusen"): its[:1]}, ("linear", 1): {("cfp", "drusen"): its}}, 4)


def test_a_point_is_the_mean_over_draws_by_hand():
    found = curve([4, 3, 2, 1], [1, 2, 3, 4], [4, 2, 3, 1]).intervals(0, 0)
    assert found[ZERO].value == 1.0
    assert found["linear", 1].value == (1.0 + 0.0 + 0.75) / 3
    assert found[ZERO].low is None and "no resamples" in found[ZERO].reason


def test_draws_widen_the_interval_where_patients_do_not():
    # Each draw separates all patients, or none: no resample of patients changes it, only that of draws does.
    found = curve([4, 4, 1, 1], [1, 1, 4, 4]).intervals(300, 0)
    assert (found[ZERO].low, found[ZERO].high) == (1.0, 1.0)
    assert (found["linear", 1].low, found["linear", 1].high) == (0.0, 1.0)


def test_the_same_seed_gives_the_same_interval():
    made = curve([4, 2, 3, 1], [1, 2, 3, 4])
    assert made.intervals(50, 1) == made.intervals(50, 1)
    assert made.intervals(50, 1) != made.intervals(50, 2)
