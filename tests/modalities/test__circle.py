"""Known circles are found again, whatever hides part of them; other shapes are not called circles."""

import numpy as np
import pytest

from mmfundus.modalities import _circle


def disc(x: float, y: float, radius: float, shape: tuple[int, int] = (200, 256)) -> np.ndarray:
    rows, columns = np.indices(shape)
    return np.hypot(columns + 0.5 - x, rows + 0.5 - y) <= radius


@pytest.mark.parametrize(
    ("x", "y", "radius"), [(128, 100, 80), (60, 70, 40.5), (128, 100, 120), (140, 100, 140), (20, 100, 90)]
)
def test_circles_are_found_even_beyond_the_border(x: float, y: float, radius: float) -> None:
    found = _circle.fit(disc(x, y, radius))
    assert found is not None
    assert found.x == pytest.approx(x, abs=1) and found.y == pytest.approx(y, abs=1)
    assert found.radius == pytest.approx(radius, abs=1)


def test_a_shadow_and_a_notch_do_not_move_the_circle() -> None:
    mask = disc(128, 100, 80)
    mask[:, 175:] = False  # a shadow over the right rim
    mask[14:26, 80:96] = True  # something that sticks out
    found = _circle.fit(mask)
    assert found is not None and abs(found.x - 128) < 1 and abs(found.radius - 80) < 1


def test_other_shapes_are_no_circles() -> None:
    rows, columns = np.indices((200, 256))
    ellipse = ((columns - 128) / 60) ** 2 + ((rows - 100) / 90) ** 2 <= 1
    square = (abs(columns - 128) < 70) & (abs(rows - 100) < 70)
    for mask in (ellipse, square, np.zeros((200, 256), bool), np.ones((200, 256), bool)):
        assert _circle.fit(mask) is None
