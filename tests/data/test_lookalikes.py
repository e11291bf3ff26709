"""A picture saved again is recognised; other pictures and plain ones are not."""

import io

import numpy as np
from PIL import Image

from mmfundus.data import lookalikes


def textured(seed: int, side: int = 240) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(60, 220, (30, 30, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


def saved_again(pixels: np.ndarray) -> np.ndarray:
    small = Image.fromarray(pixels).resize((180, 180), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=75)
    return np.asarray(Image.open(file).convert("RGB"))


def test_copies_are_paired_and_others_are_not() -> None:
    first, other = textured(1), textured(2)
    brighter = np.clip(first.astype(float) * 1.05, 0, 255).astype(np.uint8)
    details = [lookalikes.detail(pixels) for pixels in (first, other, saved_again(first), brighter)]
    assert lookalikes.pairs(details) == [(0, 2), (0, 3), (2, 3)]


def test_plain_pictures_look_like_nothing() -> None:
    plain = [np.full((100, 100, 3), value, np.uint8) for value in (0, 120, 120)]
    rows, columns = np.indices((100, 100))
    disc = np.repeat((np.hypot(rows - 50, columns - 50) < 45)[..., None] * np.uint8(120), 3, axis=2)
    details = [lookalikes.detail(pixels) for pixels in (*plain, disc, disc)]
    assert not np.any(details) and lookalikes.pairs(details) == []
    assert lookalikes.pairs([]) == []


def test_pairs_across_blocks(monkeypatch) -> None:
    monkeypatch.setattr(lookalikes, "BLOCK", 2)
    details = [lookalikes.detail(textured(seed)) for seed in (1, 2, 3, 4, 1)]
    assert lookalikes.pairs(details) == [(0, 4)]
