"""A B-scan keeps its whole width, its retina comes to the middle, its margins go black."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmfundus.modalities import oct


def scan(width: int, height: int, retina: float, thick: float = 0.12, seed: int = 0) -> np.ndarray:
    """Speckled dark rows with a bright band whose middle is at `retina` of the height."""
    rng = np.random.default_rng(seed)
    rows = (np.arange(height) + 0.5) / height
    level = 25 + 130 * (np.abs(rows - retina) < thick / 2)
    grey = np.clip(level[:, None] * rng.rayleigh(0.8, (height, width)), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def band(prepared: np.ndarray) -> tuple[float, float]:
    """First and last row of the bright band."""
    rows = np.flatnonzero(prepared[..., 0].mean(axis=1) > 70)
    return float(rows[0]), float(rows[-1])


def test_a_wide_scan_keeps_both_its_sides() -> None:
    pixels = scan(1536, 496, 0.5)
    pixels[200:300, :24] = pixels[200:300, -24:] = 255
    prepared = oct.prepare(pixels, 224)
    assert prepared[107:117, :3].min() > 200 and prepared[107:117, -3:].min() > 200
    lit = np.flatnonzero(prepared.max(axis=(1, 2)) > 0).size
    assert lit == pytest.approx(224 * 496 / 1536, abs=2)  # not stretched


@settings(max_examples=20, deadline=None)
@given(st.integers(200, 900), st.integers(150, 600), st.floats(0.15, 0.85))
def test_the_retina_is_centred_and_whole(width: int, height: int, retina: float) -> None:
    prepared = oct.prepare(scan(width, height, retina), 224)
    first, last = band(prepared)
    assert (first + last) / 2 == pytest.approx(111.5, abs=14)
    thick = 0.12 * height * 224 / max(width, 0.28 * height)
    assert last - first + 1 == pytest.approx(thick, abs=max(3, 0.15 * thick))


def test_white_margins_go_black_and_do_not_pull_the_middle() -> None:
    pixels = scan(512, 496, 0.4)
    rows, columns = np.indices((496, 512))
    pixels[(rows < 60 - columns / 12) | (rows > 440) | (columns < 3)] = 255
    prepared = oct.prepare(pixels, 224)
    first, last = band(prepared)
    assert (first + last) / 2 == pytest.approx(111.5, abs=8)
    assert prepared[:8].max() == 0 and (prepared[: round(first) - 4] > 200).mean() < 0.001


def test_colour_becomes_grey_and_a_flat_scan_stays_whole() -> None:
    coloured = scan(300, 200, 0.5) * np.uint8([1, 0, 0])
    prepared = oct.prepare(coloured, 64)
    assert np.array_equal(prepared[..., 0], prepared[..., 1])
    assert oct.retina_rows(np.full((200, 300), 70, np.uint8)) == (0, 200)


def test_a_tall_scan_is_cropped_to_its_retina_not_shrunk_to_a_strip() -> None:
    prepared = oct.prepare(scan(400, 1000, 0.5), 200)
    assert (prepared.max(axis=(0, 2)) > 0).all()  # its columns fill the whole width


def test_real_scans_have_their_retina_in_the_middle(shared_data) -> None:
    from mmfundus.data import images

    for file in sorted((shared_data / "kermany60" / "images").iterdir()):
        prepared = images.prepared(file, "oct", 224)
        rows = prepared[..., 0].astype(float).mean(axis=1)
        assert 80 < (rows * np.arange(224)).sum() / rows.sum() < 150, file.name
