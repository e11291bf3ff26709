"""Recall@k against every order that ties may stand in, and by hand."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mmfundus.evaluate.retrieval import hits, recall_at


def by_brute_force(similarity, relevant, k):
    """The mean over all orders of the items, sorted stably by similarity: so ties stand in each order equally often."""
    hits = []
    for values, right in zip(similarity, relevant, strict=True):
        if right.any():
            orders = (sorted(order, key=lambda i: -values[i]) for order in permutations(range(len(values))))
            hits.append(np.mean([any(right[i] for i in order[:k]) for order in orders]))
    return np.mean(hits) if hits else None


TABLES = st.tuples(st.integers(1, 4), st.integers(1, 5)).flatmap(
    lambda shape: st.tuples(
        arrays(np.float64, shape, elements=st.sampled_from([0.0, 0.5, 1.0])), arrays(np.bool_, shape)
    )
)


@given(TABLES, st.integers(1, 6))
def test_it_is_the_expectation_over_the_order_of_ties(table, k):
    found, expected = recall_at(*table, [k])[k], by_brute_force(*table, k)
    assert found == (None if expected is None else pytest.approx(expected))


def test_by_hand():
    similarity = np.array([[0.9, 0.5, 0.1], [0.9, 0.5, 0.1], [0.9, 0.5, 0.1]])
    relevant = np.array([[1, 0, 0], [0, 0, 1], [0, 1, 1]], bool)
    assert recall_at(similarity, relevant, (1, 2, 3)) == {1: pytest.approx(1 / 3), 2: pytest.approx(2 / 3), 3: 1.0}


def test_one_right_item_of_several_is_a_hit():
    assert recall_at(np.array([[0.9, 0.8, 0.1]]), np.array([[True, False, True]]), [1])[1] == 1.0


def test_who_has_no_right_item_is_not_asked():
    similarity, relevant = np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([[True, False], [False, False]])
    assert recall_at(similarity, relevant, [1]) == {1: 1.0}
    assert recall_at(similarity, np.zeros((2, 2), bool), (1, 5)) == {1: None, 5: None}


@pytest.mark.parametrize(("items", "k"), [(10, 1), (10, 5), (400, 10)])
def test_a_model_that_says_the_same_of_everything_gets_what_chance_gets(items, k):
    """Every text equals one image's: with ranks by index the first would be right, and with strict ones all."""
    found = recall_at(np.ones((items, items)), np.eye(items, dtype=bool), [k])[k]
    assert found == pytest.approx(k / items)


def test_a_k_beyond_the_gallery_finds_all():
    assert recall_at(np.ones((1, 3)), np.array([[False, False, True]]), [10])[10] == 1.0


@given(TABLES)
def test_it_rises_with_k_to_one(table):
    found = [value for value in recall_at(*table, range(1, 7)).values() if value is not None]
    assert found == sorted(found)
    assert not found or found[-1] == pytest.approx(1.0)


def test_each_query_has_its_own_hit():
    similarity = np.array([[0.9, 0.1, 0.0], [0.5, 0.5, 0.5], [0.9, 0.1, 0.0], [0.9, 0.8, 0.7]])
    relevant = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], bool)
    np.testing.assert_allclose(hits(similarity, relevant, 1), [1, 1 / 3, 0, np.nan])
