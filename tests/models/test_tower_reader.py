import numpy as np
import pytest

from mmfundus.models import maps
from mmfundus.models.tower_reader import TowerReader


@pytest.fixture(scope="module")
def reader(tiny_clip):
    return TowerReader(tiny_clip().train(), "tiny")


def pixels(n):
    return np.random.default_rng(0).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)


def test_it_reads_in_evaluation_mode_with_unit_vectors(reader):
    assert not reader.model.training
    vectors = [reader.images(pixels(3)), reader.texts(["drusen", "a healthy retina"])]
    assert [v.dtype for v in vectors] == [np.float32, np.float32]
    for found in vectors:
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_a_vector_does_not_depend_on_its_company(reader):
    together = reader.images(pixels(40))  # more than a batch
    np.testing.assert_allclose(together[[0, 39]], reader.images(pixels(40)[[0, 39]]), atol=1e-6)


def test_the_map_adds_up_to_the_cosine(reader):
    vectors, positions = reader.look(pixels(4))
    (label,) = reader.texts(["drusen"])
    for vector, grid in zip(vectors, positions, strict=True):
        assert maps.evidence(grid, label).sum() == pytest.approx(float(vector @ label), abs=1e-5)


def test_a_tower_that_does_not_average_gives_no_positions(tiny_clip):
    model = tiny_clip()
    model.exact_map = False
    assert TowerReader(model, "tiny").look(pixels(1))[1] is None


def test_nothing_is_claimed_of_its_training(reader):
    assert reader.trained_on is None
    assert (reader.concepts, reader.prompts) == ({}, {})
