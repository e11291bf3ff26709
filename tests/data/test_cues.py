"""Each cue sees what it is called by and nothing of the rest."""

import numpy as np
import pytest
from PIL import Image

from mmfundus.data import cues
from mmfundus.types import Row


@pytest.fixture
def see(tmp_path, eye):
    def look(**pictures):
        for name, picture in pictures.items():
            picture.save(tmp_path / f"{name}.png")
        rows = [Row(f"{name}.png", "cfp") for name in pictures]
        return cues.see(rows, tmp_path)[0]

    return look


def alike(cue):
    return np.allclose(cue[0], cue[1], atol=1e-6)


def test_a_wider_picture_has_another_size_and_frame_but_the_same_colours(see, eye):
    one = eye(1)
    wide = Image.new("RGB", (one.width + 80, one.height))
    wide.paste(one, (40, 0))
    found = see(one=one, wide=wide)
    assert not alike(found["size"])
    assert not alike(found["frame"])
    assert np.allclose(*found["colour"], atol=0.02)


def test_a_redder_picture_has_other_colours_but_the_same_size_and_frame(see, eye):
    one = np.asarray(eye(1)).astype(float)
    red = Image.fromarray(np.clip(one * (1.2, 1, 1), 0, 255).astype(np.uint8))
    found = see(one=eye(1), red=red)
    assert alike(found["size"])
    assert np.allclose(*found["frame"], atol=0.01)
    for cue in ("colour", "thumbnail", "blind tower"):
        assert not alike(found[cue]), cue


def test_margins_are_shares_of_the_sides(see):
    picture = np.zeros((128, 128, 3), np.uint8)
    picture[32:, :96] = 120
    frame = see(one=Image.fromarray(picture))["frame"][0]
    assert frame[:4].tolist() == [0.25, 0, 0, 0.25]


def test_an_unreadable_image_is_told_and_has_no_numbers(tmp_path, eye):
    eye(1).save(tmp_path / "a.png")
    found, read = cues.see([Row("gone.png", "cfp"), Row("a.png", "cfp")], tmp_path)
    assert read == (False, True)
    assert set(found) == set(cues.CUES)
    assert all(np.isnan(values[0]).all() and np.isfinite(values[1]).all() for values in found.values())
    assert cues.see([Row("gone.png", "cfp")], tmp_path)[1] == (False,)


def test_the_blind_tower_is_the_same_everywhere(eye):
    pixels = np.asarray(eye(1).resize((64, 64)))
    first = cues.blind(pixels)
    cues._banks.cache_clear()
    assert np.array_equal(cues.blind(pixels), first)
    assert first.shape == (128,)
    assert not np.allclose(first, cues.blind(pixels[:, ::-1]))
