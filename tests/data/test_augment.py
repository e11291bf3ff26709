"""Alterations stay within their limits, repeat with the generator, and never mirror."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmfundus import plugins
from mmfundus.data.augment import augment
from mmfundus.modalities._limits import Limits

NAMES = plugins.names("mmfundus.modalities")
NOTHING = Limits(rotation=0, scale=0, shift=0, brightness=0, contrast=0, gamma=0, extra_rotation=0, extra_light=0)


def limits(**changed: float) -> Limits:
    return Limits(**{name: getattr(NOTHING, name) for name in NOTHING.__slots__} | changed)


def cross(size: int = 224) -> np.ndarray:
    """A grey disc with a bright spot right of the middle and a less bright one above it."""
    rows, columns = np.indices((size, size))
    pixels = np.where(np.hypot(rows - size / 2, columns - size / 2) < 0.48 * size, 90, 0)
    pixels[np.hypot(rows - size / 2, columns - 0.8 * size) < 8] = 250
    pixels[np.hypot(rows - 0.2 * size, columns - size / 2) < 8] = 170
    return np.repeat(pixels[..., None], 3, axis=2).astype(np.uint8)


def spot(pixels: np.ndarray, low: int, high: int) -> np.ndarray:
    """Middle of the pixels with such values: x, y from the picture's middle."""
    rows, columns = np.nonzero((pixels[..., 0] >= low) & (pixels[..., 0] <= high))
    return np.array([columns.mean(), rows.mean()]) - (len(pixels) - 1) / 2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("extra", [False, True])
def test_the_same_state_gives_the_same_bits(name: str, extra: bool) -> None:
    bounds, pixels = plugins.load("mmfundus.modalities", name).LIMITS, cross()
    before = pixels.copy()
    one, two = (augment(pixels, bounds, np.random.default_rng(7), extra) for _ in range(2))
    other = augment(pixels, bounds, np.random.default_rng(8), extra)
    assert np.array_equal(one, two) and not np.array_equal(one, other) and np.array_equal(pixels, before)
    assert one.shape == pixels.shape and one.dtype == np.uint8


def test_without_limits_nothing_changes() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (65, 65, 3), dtype=np.uint8)
    for extra in (False, True):
        assert np.array_equal(augment(pixels, NOTHING, np.random.default_rng(1), extra), pixels)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_rotation_stays_within_its_limit_and_nothing_is_mirrored(seed: int) -> None:
    moved = augment(cross(), limits(rotation=12), np.random.default_rng(seed))
    x, y = spot(moved, 230, 255)
    assert np.hypot(x, y) == pytest.approx(0.3 * 224, abs=2)
    assert abs(np.degrees(np.arctan2(y, x))) <= 13  # right stays right
    up = spot(moved, 150, 190)
    assert x * up[1] - y * up[0] < 0  # the sense of rotation from one spot to the other stays


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_shift_and_scale_stay_within_their_limits(seed: int) -> None:
    x, y = spot(augment(cross(), limits(shift=0.05), np.random.default_rng(seed)), 230, 255)
    assert abs(x - 0.3 * 224) <= 0.05 * 224 + 1 and abs(y) <= 0.05 * 224 + 1
    x, y = spot(augment(cross(), limits(scale=0.1), np.random.default_rng(seed)), 230, 255)
    assert 0.9 * 0.3 * 224 - 1.5 <= x <= 1.1 * 0.3 * 224 + 1.5


def test_extra_turns_by_thirty_degrees_but_a_scan_by_ten() -> None:
    def largest(name: str) -> float:
        bounds = plugins.load("mmfundus.modalities", name).LIMITS
        only_turning = limits(rotation=bounds.rotation, extra_rotation=bounds.extra_rotation)
        turns = []
        for seed in range(60):
            x, y = spot(augment(cross(), only_turning, np.random.default_rng(seed), extra=True), 230, 255)
            turns.append(abs(np.degrees(np.arctan2(y, x))))
        return max(turns)

    assert 25 < largest("cfp") <= 31
    assert 8 < largest("oct") <= 11


@pytest.mark.parametrize("name", NAMES)
def test_light_keeps_black_and_the_order_of_values(name: str) -> None:
    bounds = plugins.load("mmfundus.modalities", name).LIMITS
    still = limits(brightness=bounds.brightness, contrast=bounds.contrast, gamma=bounds.gamma)
    ramp = np.repeat(np.tile(np.arange(256, dtype=np.uint8), (256, 1))[..., None], 3, axis=2)
    for seed in range(20):
        lit = augment(ramp, still, np.random.default_rng(seed), extra=True)[5, :, 0].astype(int)
        assert lit[0] == 0 and (np.diff(lit) >= 0).all()
        assert 0.6 < lit[128] / 128 < 1.6


@pytest.mark.parametrize("name", ["oct", "fa", "slo"])
def test_grey_stays_grey(name: str) -> None:
    bounds = plugins.load("mmfundus.modalities", name).LIMITS
    for seed in range(5):
        altered = augment(cross(), bounds, np.random.default_rng(seed), extra=True)
        assert np.array_equal(altered[..., 0], altered[..., 1]) and np.array_equal(altered[..., 0], altered[..., 2])


def test_speckle_grows_with_the_value() -> None:
    pixels = np.zeros((128, 128, 3), np.uint8)
    pixels[:64], pixels[64:96] = 120, 40
    noisy = augment(pixels, limits(speckle=0.2), np.random.default_rng(3)).astype(float)
    bright, dim, black = noisy[:64].std(), noisy[64:96].std(), noisy[96:].std()
    assert black == 0 and bright == pytest.approx(3 * dim, rel=0.2) and bright > 3


def test_blur_is_in_every_second_picture_and_stays_in_the_field() -> None:
    sharp = np.zeros((200, 200, 3), np.uint8)
    sharp[40:160:2, 20:180] = 200  # stripes, which any blur lessens
    soft = [augment(sharp, limits(blur=0.01), np.random.default_rng(seed)) for seed in range(60)]
    changed = [picture for picture in soft if not np.array_equal(picture, sharp)]
    assert 18 < len(changed) < 42
    assert all(not picture[sharp.max(axis=2) == 0].any() for picture in changed)
    assert all(picture[80:120, 60:140].max() < 200 for picture in changed)


def test_lids_cover_no_more_than_their_limit() -> None:
    pixels = np.full((200, 200, 3), 200, np.uint8)
    pixels[:40] = pixels[-40:] = 0  # a field padded to a square
    hidden = [
        (augment(pixels, limits(lids=0.25), np.random.default_rng(seed)) != pixels).any(axis=2) for seed in range(40)
    ]
    assert 8 < sum(mask.any() for mask in hidden) < 32  # about every second picture
    union = np.any(hidden, axis=0)
    assert not union[:40].any() and not union[-40:].any() and not union[71:129].any()
    assert union[41:60].any() and union[-60:-41].any()


def test_it_is_fast_enough_for_a_loader() -> None:
    bounds, rng, pixels = plugins.load("mmfundus.modalities", "cfp").LIMITS, np.random.default_rng(0), cross()
    times = []
    for _ in range(30):
        start = time.perf_counter()
        augment(pixels, bounds, rng)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.02  # 4 ms on one core here; the margin is for busy machines
