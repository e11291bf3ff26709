import numpy as np
import pytest
from sklearn.decomposition import PCA

from mmfundus.evaluate.projection import principal
from mmfundus.types import Embeddings, Row


def table(vectors, refused=()):
    rows = tuple(Row(str(i), "cfp", str(i)) for i in range(len(vectors)))
    return Embeddings(
        rows, np.asarray(vectors, np.float32), tuple("no" if i in refused else "" for i in range(len(rows)))
    )


def test_the_plane_is_that_of_scikit_learn():
    vectors = np.random.default_rng(0).normal(size=(50, 6)) * [5, 3, 1, 1, 1, 1]
    ours, theirs = principal(table(vectors)), PCA(2).fit(vectors.astype(np.float32).astype(np.float64))
    np.testing.assert_allclose(np.abs(ours.places), np.abs(theirs.transform(vectors.astype(np.float32))), atol=1e-6)
    np.testing.assert_allclose(ours.share, theirs.explained_variance_ratio_, atol=1e-9)


def test_points_on_a_line_need_one_axis():
    found = principal(table([[0, 0, 0], [1, 1, 0], [3, 3, 0]]))
    assert found.share == pytest.approx((1, 0))
    np.testing.assert_allclose(np.diff(found.places[:, 0]), np.array([1, 2]) * 2**0.5, atol=1e-6)


def test_refused_rows_have_no_place_and_move_nobody():
    found = principal(table([[0, 0], [np.nan, np.nan], [2, 0]], refused=(1,)))
    assert found.rows.tolist() == [0, 2]
    np.testing.assert_allclose(found.places[:, 0], [-1, 1])


@pytest.mark.parametrize("vectors", [np.zeros((0, 3)), [[1, 2, 3]], [[1.0], [2.0]], [[1, 1], [1, 1]]])
def test_too_little_to_spread_is_no_fault(vectors):
    found = principal(table(vectors))
    assert np.isfinite(found.places).all()
    assert sum(found.share) <= 1 + 1e-9
