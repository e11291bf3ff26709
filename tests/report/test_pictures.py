import base64
import io

import numpy as np
import pytest
from PIL import Image

from mmfundus.report.pictures import AGAINST, FOR, STRONGEST, data_uri, overlay, save_png, shared_scale, sheet

GREY = np.full((8, 8, 3), 100, np.uint8)


def flat(value):
    return np.full((2, 3), value, np.float32)


def mixed(colour, strength):
    alpha = STRONGEST * strength
    return np.rint((1 - alpha) * 100 + alpha * np.array(colour))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, [100, 100, 100]), (0.2, mixed(FOR, 1)), (-0.2, mixed(AGAINST, 1)), (0.1, mixed(FOR, 0.5))],
)
def test_colour_is_the_sign_and_opacity_the_strength(value, expected):
    np.testing.assert_array_equal(overlay(GREY, flat(value), scale=0.2)[4, 4], expected)


def test_beyond_the_scale_is_drawn_as_the_scale():
    np.testing.assert_array_equal(overlay(GREY, flat(9.0), scale=0.2), overlay(GREY, flat(0.2), scale=0.2))


def test_no_evidence_leaves_the_picture_in_grey():
    orange = np.zeros((8, 8, 3), np.uint8) + np.array([200, 120, 30], np.uint8)
    shown = overlay(orange, flat(0.0), scale=1.0)
    assert shown.shape == orange.shape
    assert (shown == shown[0, 0, 0]).all()


def test_a_map_keeps_its_place():
    map = np.zeros((4, 4), np.float32)
    map[0, 3] = 1.0  # first row, last column: upper right
    strength = overlay(GREY, map, scale=1.0)[:, :, 0].astype(int) - 100
    assert np.unravel_index(strength.argmax(), strength.shape) == (0, 7)
    assert (strength[4:] == 0).all()


def test_the_scale_is_shared_by_size_not_sign():
    assert shared_scale([flat(0.1), flat(-0.3)]) == pytest.approx(0.3)
    assert shared_scale([]) == 1.0
    assert shared_scale([flat(0.0)]) == 1.0


def test_a_scale_of_zero_is_our_own_mistake():
    with pytest.raises(AssertionError, match="positive"):
        overlay(GREY, flat(0.0), scale=0.0)


def test_a_data_uri_holds_the_picture():
    uri = data_uri(GREY)
    head, body = uri.split(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(body))) as back:
        assert np.abs(np.asarray(back).astype(int) - 100).max() <= 2


def test_a_png_is_exact(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    save_png(tmp_path / "new" / "a.png", pixels)
    with Image.open(tmp_path / "new" / "a.png") as back:
        np.testing.assert_array_equal(np.asarray(back), pixels)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]


@pytest.mark.parametrize(("number", "shape"), [(1, (12, 12)), (4, (20, 20)), (5, (20, 28)), (64, (68, 68))])
def test_a_sheet_shows_every_picture_in_its_place(number, shape):
    shown = sheet([np.full((4, 4, 3), i + 1, np.uint8) for i in range(number)], gap=4)
    assert shown.shape == (*shape, 3)
    across = (shape[1] - 4) // 8
    assert [int(shown[4 + 8 * (i // across), 4 + 8 * (i % across), 0]) for i in range(number)] == [
        *range(1, number + 1)
    ]
    assert (shown[:4] == 255).all()
