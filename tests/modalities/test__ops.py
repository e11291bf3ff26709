"""Steps on masks and pictures, each against an answer known beforehand."""

import numpy as np
import pytest

from mmfundus.modalities import _ops


def test_components_join_by_sides_not_by_corners() -> None:
    mask = np.array([[1, 1, 0, 1], [0, 1, 0, 1], [1, 0, 0, 1], [1, 0, 1, 1]], bool)
    labels = _ops.components(mask)
    assert (labels[~mask] == 0).all()
    assert labels[0, 0] == labels[1, 1] and labels[0, 3] == labels[3, 2] and labels[2, 0] == labels[3, 0]
    assert len(np.unique(labels[mask])) == 3
    assert _ops.components(np.ones((3, 5), bool)).tolist() == [[1] * 5] * 3
    assert _ops.components(np.zeros((3, 5), bool)).max() == 0


def test_a_winding_part_is_one_component() -> None:
    spiral = np.ones((21, 21), bool)
    spiral[1::4, :-1] = spiral[3::4, 1:] = False
    assert _ops.components(spiral).max() == 1


def test_eroding_and_dilating_a_square() -> None:
    mask = np.zeros((20, 20), bool)
    mask[5:12, 6:13] = True
    smaller, larger = _ops.eroded(mask, 2), _ops.dilated(mask, 2)
    assert smaller.sum() == 9 and smaller[7:10, 8:11].all()
    assert larger.sum() == 121 and larger[3:14, 4:15].all()
    assert _ops.eroded(np.ones((9, 9), bool), 3).all()  # the picture's border is no edge


def test_white_margins_are_found_level_and_slanting() -> None:
    shade = np.full((200, 256), 40, np.uint8)
    truth = np.zeros(shade.shape, bool)
    rows, columns = np.indices(shade.shape)
    truth |= rows < 30 - columns / 10  # a wedge at the top
    truth |= columns < 3  # a strip on the left
    shade[truth] = 255
    shade[90:96, :120] = 255  # overexposed tissue that runs into the strip
    found = _ops.white_padding(shade)
    assert (found & ~truth).sum() == 0
    assert (truth & ~found).sum() < 0.02 * truth.sum()


def test_bright_tissue_without_a_corner_is_no_margin() -> None:
    shade = np.full((200, 256), 40, np.uint8)
    shade[150:, 60:200] = 255
    assert not _ops.white_padding(shade).any()
    assert _ops.white_padding(np.full((20, 20), 255, np.uint8)).all()


def test_grey_pictures_stay_as_they_are() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(_ops.grey(np.repeat(values[..., None], 3, axis=2)), values)


@pytest.mark.parametrize(("brightest", "gain"), [(50, 3.0), (125, 2.0), (250, 1.0), (255, 1.0)])
def test_stretching_is_one_bounded_factor(brightest: int, gain: float) -> None:
    values = np.linspace(0, brightest, 64 * 64 * 3).reshape(64, 64, 3).astype(np.uint8)
    values[32:] = brightest
    assert np.array_equal(_ops.stretched(values), np.rint(values * gain).astype(np.uint8))
    assert not _ops.stretched(np.zeros((64, 64, 3), np.uint8)).any()


def test_stretching_keeps_the_order_of_values() -> None:
    values = np.repeat(np.random.default_rng(0).gamma(2, 12, (64, 64, 1)).clip(0, 255).astype(np.uint8), 3, axis=2)
    stretched = _ops.stretched(values)
    order = np.argsort(values.ravel(), kind="stable")
    assert (np.diff(stretched.ravel()[order].astype(int)) >= 0).all()
    assert ((stretched == 255) & (values > 0)).mean() <= 0.006


def test_resizing_keeps_a_flat_picture_flat() -> None:
    flat = np.full((50, 70, 3), 93, np.uint8)
    assert (_ops.resized(flat, (3.5, 2.0, 60.25, 41.0), 33, 17) == 93).all()
