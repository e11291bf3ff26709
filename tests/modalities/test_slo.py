"""Infrared pictures stay grey, dim ones become bright enough to see, and the order of values is kept."""

import numpy as np

from mmfundus.modalities import slo


def made(brightest: int) -> np.ndarray:
    """A round field whose light rises from left to right."""
    rows, columns = np.indices((300, 300))
    inside = np.hypot(columns - 150, rows - 150) < 140
    return np.repeat((inside * (20 + columns * (brightest - 20) / 300)).astype(np.uint8)[..., None], 3, axis=2)


def test_a_dim_picture_is_brightened_in_order() -> None:
    prepared = slo.prepare(made(100), 224)
    assert np.array_equal(prepared[..., 0], prepared[..., 2])
    assert 230 <= prepared.max() <= 255
    assert (np.diff(prepared[112, 4:220, 0].astype(int)) >= 0).all()


def test_a_bright_picture_keeps_its_values_and_black_stays_black() -> None:
    prepared = slo.prepare(made(262), 224)
    assert prepared[112, 112, 0] in range(138, 145)
    assert prepared[:20, :20].max() == 0
