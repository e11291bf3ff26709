"""Ultra-widefield pictures keep their periphery, their lids and their own outline. Made pictures only."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mmfundus.modalities import uwf


def made(rim: int = 25) -> np.ndarray:
    """A green and red ellipse that fades to `rim` at its edge, a lid across its top, writing in a corner."""
    rows, columns = np.indices((600, 780))
    away = ((columns - 390) / 370) ** 2 + ((rows - 300) / 270) ** 2
    pixels = np.stack([130 - (105 - 0) * away, 120 - (120 - rim) * away, 0 * away], axis=-1)
    pixels[rows < 90] = (150, 110, 90)
    pixels[away > 1] = 2
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    ImageDraw.Draw(picture).text((5, 5), "OS", fill=(255, 255, 255), font_size=20)
    return np.asarray(picture)


def test_periphery_and_lids_are_kept_and_writing_is_not() -> None:
    prepared = uwf.prepare(made(), 256)
    rows, columns = np.indices((256, 256))
    away = ((columns + 0.5 - 128) / 128) ** 2 + ((rows + 0.5 - 128) / (128 * 540 / 740)) ** 2
    assert (prepared[away < 0.97].max(axis=1) > 0).mean() > 0.999
    assert prepared[away > 1.08].max() == 0


def test_it_is_not_stretched() -> None:
    lit = uwf.prepare(made(), 256).max(axis=2) > 0
    assert np.flatnonzero(lit.any(axis=1)).size == pytest.approx(256 * 540 / 740, abs=4)
