"""Alter prepared pictures in training, within what a clinic could have taken in that modality.

One affine map and one table of grey values for each picture, so it costs a few
milliseconds. Pictures are never mirrored: that would turn a right eye into a left one and
contradict the row's eye, its caption ("temporal to the disc") and its fellow eye.
"""

import functools
import math
from dataclasses import replace

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageChops, ImageFilter

from mmfundus.modalities._limits import Limits

EXTRA_ROTATION = 30.0  # degrees
EXTRA_LIGHT = 0.2  # fraction of brightness and of contrast


def augment(
    pixels: UInt8[np.ndarray, "s s 3"], limits: Limits, rng: np.random.Generator, extra: bool = False
) -> UInt8[np.ndarray, "s s 3"]:
    """A randomly altered copy of a prepared picture; the same generator state gives the same bits.

    `extra` is the stronger recipe of the reference release: rotation up to 30 degrees,
    brightness and contrast up to 0.2. It works on the prepared 8-bit RGB picture, so 16-bit,
    palette and float files have long been read; a modality holds it to what it bears
    (`Limits.extra_rotation`, `extra_light`: an OCT scan turns by 10 degrees at most).
    """
    if extra:
        limits = _with_extra(limits)
    # What is grey and stays so is altered in one channel instead of three.
    grey = not limits.colour and (pixels == pixels[..., :1]).all()
    picture = Image.fromarray(np.ascontiguousarray(pixels[..., 0] if grey else pixels))
    picture = _moved(picture, limits, rng)
    if limits.blur:
        picture = _blurred(picture, limits.blur, rng)
    altered = np.array(_relit(picture, limits, rng))
    altered = np.repeat(altered[..., None], 3, axis=2) if grey else altered
    if limits.speckle:
        altered = _speckled(altered, rng.uniform(0, limits.speckle), rng)
    if limits.lids:
        altered = _under_lids(altered, limits.lids, rng)
    return altered


def _with_extra(limits: Limits) -> Limits:
    light = min(EXTRA_LIGHT, limits.extra_light)
    return replace(
        limits,
        rotation=max(limits.rotation, min(EXTRA_ROTATION, limits.extra_rotation)),
        brightness=max(limits.brightness, light),
        contrast=max(limits.contrast, light),
    )


def _moved(picture: Image.Image, limits: Limits, rng: np.random.Generator) -> Image.Image:
    """Turned, scaled, sheared and shifted about the middle in one bilinear step; black comes in from outside."""
    turn = math.radians(_even(rng, limits.rotation))
    slope = math.tan(math.radians(_even(rng, limits.shear)))
    shrink = 1 / (1 + _even(rng, limits.scale))
    across, down = (_even(rng, limits.shift) * picture.width for _ in range(2))
    # From a place in the result back to its place in the picture: unturn, unscale, then slide columns.
    a, b = shrink * math.cos(turn), shrink * math.sin(turn)
    rows = ((a, b), (slope * a - b, slope * b + a))
    middle = picture.width / 2
    back = [(x, y, middle - x * (middle + across) - y * (middle + down)) for x, y in rows]
    return picture.transform(
        picture.size, Image.Transform.AFFINE, (*back[0], *back[1]), Image.Resampling.BILINEAR, fillcolor=0
    )


def _blurred(picture: Image.Image, most: float, rng: np.random.Generator) -> Image.Image:
    """Out of focus in every second picture; the field does not spill into its black surround."""
    shown, radius = rng.random(), rng.uniform(0, most) * picture.width
    if shown < 0.5:
        return picture
    soft = picture.filter(ImageFilter.BoxBlur(radius))  # a third of a Gaussian's time
    surround = ImageChops.invert(_brightest(picture).point([0, *[255] * 255]))
    soft.paste(0, mask=surround)
    return soft


def _relit(picture: Image.Image, limits: Limits, rng: np.random.Generator) -> Image.Image:
    """Brightness, contrast, gamma and colour by a table per channel that never changes the order of two values."""
    gains = (1 + _even(rng, limits.brightness)) * (1 + rng.uniform(-limits.colour, limits.colour, 3))
    slope, exponent = 1 + _even(rng, limits.contrast), 1 + _even(rng, limits.gamma)
    counts = np.array(picture.histogram(), dtype=np.int64).reshape(-1, 256).sum(axis=0)[1:]
    middle = float(counts @ np.arange(1, 256)) / counts.sum() / 255 if counts.any() else 0.5
    value = _contrasted((np.arange(256) / 255) ** exponent, slope, middle)
    tables = np.rint(np.clip(np.outer(gains[: len(picture.getbands())], value), 0, 1) * 255).astype(int)
    return picture.point(tables.ravel().tolist())


def _brightest(picture: Image.Image) -> Image.Image:
    """The largest of each pixel's channels."""
    first, *others = picture.split()
    return functools.reduce(ImageChops.lighter, others, first)


def _contrasted(value: Float[np.ndarray, " v"], slope: float, middle: float) -> Float[np.ndarray, " v"]:
    """The slope changed at the middle: a line above it, below it a power that leaves black where it is."""
    below = middle * (np.minimum(value, middle) / middle) ** slope
    return np.asarray(np.where(value < middle, below, middle + slope * (value - middle)))


def _speckled(
    pixels: UInt8[np.ndarray, "s s 3"], deviation: float, rng: np.random.Generator
) -> UInt8[np.ndarray, "s s 3"]:
    """Grey noise that grows with the value, as interference does in OCT (Schmitt et al. 1999, J Biomed Opt 4:95)."""
    factor = 1 + np.float32(deviation) * rng.standard_normal(pixels.shape[:2], dtype=np.float32)
    return np.asarray(np.clip(np.rint(pixels * factor[..., None]), 0, 255), np.uint8)


def _under_lids(
    pixels: UInt8[np.ndarray, "s s 3"], most: float, rng: np.random.Generator
) -> UInt8[np.ndarray, "s s 3"]:
    """An upper and a lower lid in every second picture: arcs in the field's mean colour, lighter or darker."""
    shown, above, below, shade = rng.uniform(size=4)
    if shown < 0.5:
        return pixels
    lit = pixels.max(axis=2) > 0
    rows = np.flatnonzero(lit.any(axis=1))
    if rows.size == 0:
        return pixels
    bow = 1 - np.linspace(-1, 1, len(pixels)) ** 2  # a lid reaches furthest in the middle
    reach = most * rows.size * bow
    row = np.arange(len(pixels))[:, None]
    covered = lit & ((row < rows[0] + above * reach) | (row > rows[-1] - below * reach))  # the surround stays black
    hidden = pixels.copy()
    hidden[covered] = np.minimum(255, pixels[lit].mean(axis=0) * (0.5 + shade)).astype(np.uint8)
    return hidden


def _even(rng: np.random.Generator, limit: float) -> float:
    return float(rng.uniform(-limit, limit))
