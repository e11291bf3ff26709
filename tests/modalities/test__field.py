"""Made fields of view are found where they were put, and shown whole, round and alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from mmfundus.modalities._field import find_field, square


def fundus(
    x: float, y: float, radius: float, shape: tuple[int, int] = (480, 640), light: float = 0.0, seed: int = 0
) -> np.ndarray:
    """A reddish disc on noisy black, brighter to one side by `light` (0: even, 1: dark on the other)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    inside = np.hypot(columns + 0.5 - x, rows + 0.5 - y) <= radius
    side = 1 - light * (columns - x + radius) / (2 * radius)
    pixels = rng.normal(2, 2, (*shape, 3))
    pixels[inside] = ((170, 90, 50) * side[..., None] + rng.normal(0, 6, (*shape, 3)))[inside]
    return np.clip(pixels, 0, 255).astype(np.uint8)


def with_writing(pixels: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(pixels)
    pen = ImageDraw.Draw(picture)
    pen.text((4, 4), "OD 12:31 45 degrees", fill=(255, 255, 255), font_size=14)
    pen.text((pixels.shape[1] - 60, pixels.shape[0] - 20), "R 1/2", fill=(255, 255, 0), font_size=14)
    return np.asarray(picture)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.18, 0.48), st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.6), st.booleans())
def test_a_made_disc_is_found_within_two_percent(size: float, across: float, down: float, light: float, writing: bool):
    radius = size * 480
    x, y = radius + across * (640 - 2 * radius), radius + down * (480 - 2 * radius)
    pixels = fundus(x, y, radius, light=light)
    found = find_field(with_writing(pixels) if writing else pixels)
    expected = (x - radius, y - radius, x + radius, y + radius)
    assert np.abs(np.subtract(found.box, expected)).max() <= 0.02 * 2 * radius


def test_a_field_cut_above_and_below_keeps_its_width() -> None:
    found = find_field(fundus(320, 240, 290))
    assert found.box == pytest.approx((30, 0, 610, 480), abs=6)
    prepared = square(fundus(320, 240, 290), found, 224)
    lit = prepared.max(axis=2) > 30
    assert np.flatnonzero(lit.any(axis=1)).size == pytest.approx(224 * 480 / 580, abs=4)
    assert np.flatnonzero(lit.any(axis=0)).size == pytest.approx(224, abs=4)


def test_pictures_without_a_surround_stay_whole() -> None:
    even = np.full((300, 400, 3), 120, np.uint8)
    dark = np.zeros((300, 400, 3), np.uint8)
    noise = np.random.default_rng(0).integers(60, 255, (300, 400, 3), dtype=np.uint8)
    for pixels in (even, dark, noise):
        assert find_field(pixels).box == (0, 0, 400, 300)
    patch = dark.copy()
    patch[140:220, 60:180] = patch[200:240, 90:110] = (40, 20, 15)  # the only lit part of a photograph taken too dark
    assert find_field(patch).box == (0, 0, 400, 300)
    writing_only = with_writing(dark)
    assert find_field(writing_only).box == (0, 0, 400, 300)


def test_writing_outside_is_masked_and_the_inside_is_untouched() -> None:
    pixels = with_writing(fundus(320, 240, 150))
    prepared = square(pixels, find_field(pixels), 224)
    rows, columns = np.indices((224, 224))
    away = np.hypot(rows + 0.5 - 112, columns + 0.5 - 112)
    assert prepared[away > 116].max() == 0
    assert prepared[away < 106].max(axis=-1).min() > 100


def test_an_outline_that_is_no_circle_is_kept() -> None:
    rows, columns = np.indices((480, 640))
    ellipse = ((columns - 320) / 280) ** 2 + ((rows - 240) / 180) ** 2 <= 1
    pixels = np.where(ellipse[..., None], np.uint8([40, 140, 60]), np.uint8(0))
    found = find_field(pixels)
    assert found.circle is None and found.box == pytest.approx((40, 60, 600, 420), abs=8)
    assert (square(pixels, found, 224).any(axis=2)).sum() > 0.98 * np.pi / 4 * 224 * 224 * 360 / 560


@settings(max_examples=25, deadline=None)
@given(st.floats(0.3, 3.0), st.integers(16, 300))
def test_a_circle_stays_a_circle(aspect: float, size: int) -> None:
    height = 400
    width = max(120, round(height * aspect))
    pixels = fundus(width / 2, height / 2, 0.4 * min(height, width), (height, width))
    lit = square(pixels, find_field(pixels), size).max(axis=2) > 40
    across, down = np.flatnonzero(lit.any(axis=0)).size, np.flatnonzero(lit.any(axis=1)).size
    assert abs(across - down) <= max(2, 0.02 * size) and across > 0.9 * size
