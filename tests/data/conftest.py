"""Pictures that resemble fundus photographs: a disc of tissue, an optic disc, vessels of the eye's own."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps


def eye(seed: int, side: int = 320) -> Image.Image:
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (side, side))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((4, 4, side - 4, side - 4), fill=(170, 80, 45))
    at = np.array([side * rng.uniform(0.62, 0.74), side * rng.uniform(0.42, 0.58)])
    draw.ellipse((*(at - side / 14), *(at + side / 14)), fill=(235, 190, 120))
    for angle in rng.uniform(0, 2 * np.pi, 9):
        _vessel(draw, rng, at, angle, width=5, length=side)
    noise = rng.normal(0, 2, (side, side, 1))
    lit = np.asarray(picture, float)
    return Image.fromarray(np.clip(lit + noise * (lit.max(2, keepdims=True) > 20), 0, 255).astype(np.uint8))


def _vessel(draw, rng, at, angle, width, length) -> None:
    place = at.copy()
    for step in range(int(length / 6)):
        following = place + 6 * np.array([np.cos(angle), np.sin(angle)])
        if np.hypot(*(following - draw.im.size[0] / 2)) > draw.im.size[0] / 2 - 8:
            return
        draw.line((*place, *following), fill=(110, 35, 25), width=width)
        place, angle = following, angle + rng.normal(0, 0.18)
        if width > 2 and step and rng.random() < 0.07:
            _vessel(draw, rng, place, angle + rng.choice((-0.7, 0.7)), width - 2, length / 2)


def saved_again(picture: Image.Image, quality: int = 60) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def cropped(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    width, height = picture.size
    return picture.crop((int(left * width), int(top * height), int(right * width), int(bottom * height)))


COPIES = {
    "saved again": saved_again,
    "cut at the corner": lambda picture: cropped(picture, 0.05, 0.05, 1, 1),
    "cut all round": lambda picture: cropped(picture, 0.05, 0.05, 0.95, 0.95),
    "mirrored": ImageOps.mirror,
    "smaller": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.2),
    "turned": lambda picture: picture.rotate(3, Image.Resampling.BICUBIC),
}


@pytest.fixture(scope="session", name="eye")
def _eye():
    """A made eye by its number."""
    return eye


@pytest.fixture(scope="session", name="copies")
def _copies():
    """Ways to alter a picture, by name."""
    return COPIES
