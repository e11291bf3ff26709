"""A picture agrees with its own altered copies and not with another's; placements and packing keep it."""

import numpy as np
import pytest
from PIL import Image

from mmfundus.data import texture
from mmfundus.data.texture import PROBES, Placement


def of(picture: Image.Image) -> np.ndarray:
    return texture.texture(np.asarray(picture))


def best(one: np.ndarray, other: np.ndarray) -> float:
    """The agreement from the likeliest rough placement, as the search finds it."""
    scores = texture.probes(one) @ texture.coarse(texture.signed(other))
    return texture.agreement(one, other, PROBES[int(scores.argmax())])


@pytest.mark.parametrize("kind", ["saved again", "cut at the corner", "cut all round", "mirrored", "smaller", "turned"])
def test_an_altered_copy_agrees_and_another_eye_does_not(eye, copies, kind):
    copy = of(copies[kind](eye(1)))
    assert best(copy, of(eye(1))) > 0.8
    assert all(best(copy, of(eye(other))) < 0.7 for other in (2, 3, 4))


def test_a_texture_agrees_with_itself_wholly(eye):
    one = of(eye(1))
    assert texture.agreement(one, one, Placement()) == pytest.approx(1.0)
    assert texture.agreement(one, one, Placement(mirrored=True)) < 0.7


def test_light_and_colour_do_not_count(eye):
    one = np.asarray(eye(1))
    assert best(texture.texture((one * 0.7).astype(np.uint8)), texture.texture(one)) > 0.95


@pytest.mark.parametrize("value", [0, 120])
def test_plain_pictures_have_no_texture(value):
    rows, columns = np.indices((200, 200))
    disc = (np.hypot(rows - 100, columns - 100) < 90)[..., None].repeat(3, 2) * np.uint8(value)
    assert not texture.texture(disc).any()
    assert not texture.coarse(texture.signed(texture.texture(disc))).any()
    assert texture.agreement(of_zeros := np.zeros((96, 96), np.uint8), of_zeros, Placement()) == -1


def test_white_margins_are_no_tissue(eye):
    one = np.asarray(eye(1))
    framed = np.pad(one, ((0, 0), (60, 60), (0, 0)), constant_values=255)
    assert best(texture.texture(framed), texture.texture(one)) > 0.9


def test_packing_keeps_every_pixel(eye):
    one = of(eye(3))
    assert len(texture.packed(one)) == 96 * 96 // 2
    assert np.array_equal(texture.unpacked(texture.packed(one)), one)
    nothing = np.zeros((96, 96), np.uint8)
    assert texture.packed(nothing) == b""
    assert np.array_equal(texture.unpacked(b""), nothing)


@pytest.mark.parametrize("turn", ["ROTATE_90", "ROTATE_180", "FLIP_TOP_BOTTOM", "TRANSPOSE"])
def test_a_picture_on_its_side_or_its_head_agrees(eye, turn):
    assert best(of(eye(1).transpose(Image.Transpose[turn])), of(eye(1))) > 0.9


def test_turning_there_and_back(eye):
    values, inside = texture.placed(of(eye(1)), Placement(mirrored=True))
    mirrored = of(eye(1))[:, ::-1]
    assert np.array_equal(values, np.where(mirrored > 0, mirrored.astype(np.float32) - 8, 0))
    assert np.array_equal(inside, mirrored > 0)


def section(seed: int) -> Image.Image:
    """Layers that are alike in all eyes, and speckle and lesions of the eye's own."""
    rng = np.random.default_rng(seed)
    rows = np.arange(240)[:, None]
    layers = 90 * (np.abs(np.sin(rows / 9)) * ((rows > 80) & (rows < 170))) * np.ones((1, 320))
    blobs = np.asarray(Image.fromarray(rng.normal(0, 25, (30, 40)).astype(np.float32)).resize((320, 240)))
    picture = np.clip(layers + blobs * (layers > 5) + rng.normal(4, 3, (240, 320)), 0, 255)
    return Image.fromarray(picture.astype(np.uint8)).convert("RGB")


def test_sections_are_known_by_more_than_their_layers(copies):
    def seen(picture):
        return texture.texture(np.asarray(picture), layered=True)

    for kind in ("saved again", "cut all round", "mirrored", "smaller"):
        copy = seen(copies[kind](section(1)))
        assert best(copy, seen(section(1))) > 0.8, kind
        assert best(copy, seen(section(2))) < 0.6, kind
