"""Any picture at all gives a square one; colour fundus photographs give their field of view."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mmfundus import plugins
from mmfundus.modalities import cfp

NAMES = plugins.names("mmfundus.modalities")


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(
    pixels=st.tuples(st.integers(16, 90), st.integers(16, 90)).flatmap(
        lambda side: arrays.arrays(np.uint8, (*side, 3), fill=st.integers(0, 255))
    ),
    size=st.integers(8, 70),
)
def test_any_picture_gives_a_square_one(name: str, pixels: np.ndarray, size: int) -> None:
    prepare = plugins.load("mmfundus.modalities", name).prepare
    before = pixels.copy()
    prepared = prepare(pixels, size)
    assert prepared.shape == (size, size, 3) and prepared.dtype == np.uint8
    assert np.array_equal(prepared, prepare(pixels, size)) and np.array_equal(pixels, before)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(16, 4000), (4000, 16), (16, 16), (1, 1)])
def test_extreme_shapes_and_noise(name: str, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    prepare = plugins.load("mmfundus.modalities", name).prepare
    for pixels in (noise, noise * 0, noise * 0 + np.uint8(255)):
        assert prepare(pixels, 32).shape == (32, 32, 3)


def test_real_photographs_fill_the_square(shared_data) -> None:
    from mmfundus.data import images

    for file in sorted((shared_data / "hrf" / "images").iterdir())[:6]:
        lit = images.prepared(file, "cfp", 224).max(axis=2) > 20
        assert np.flatnonzero(lit.any(axis=0)).size > 215, file.name
        # The set's fields are cut above and below (512 x 341): the cut stays, black, and nothing is stretched.
        assert np.flatnonzero(lit.any(axis=1)).size == pytest.approx(160, abs=6), file.name


def test_it_is_pinned_to_its_version() -> None:
    """Fails when a prepared bit changes: then raise VERSION here and in the module."""
    rows, columns = np.indices((120, 160))
    inside = np.hypot(columns - 80, rows - 60) < 50
    pixels = np.where(inside[..., None], np.stack([rows + 80, columns, rows], axis=-1), 0).astype(np.uint8)
    prepared = cfp.prepare(pixels, 8)
    assert cfp.VERSION == 1
    assert prepared[4].tolist() == [
        [131, 33, 60],
        [148, 49, 67],
        [146, 61, 66],
        [146, 74, 66],
        [146, 86, 66],
        [146, 99, 66],
        [148, 113, 67],
        [131, 111, 60],
    ]
