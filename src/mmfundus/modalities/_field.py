"""Find the field of view of a round picture of the eye, crop it and pad it square.

Positions are pixels from the upper left corner of the picture, edges not centres: the
first pixel reaches from 0 to 1.
"""

import math
from dataclasses import dataclass
from itertools import chain

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from mmfundus.modalities import _circle
from mmfundus.modalities._circle import Circle
from mmfundus.modalities._ops import Box, components, dilated, eroded, resized, white_padding

PROXY = 256  # longest side on which fields are sought: a pixel is 0.4 % of the picture
STROKE = 2  # proxy pixels on either side of a line that make it writing, not a field
SMALLEST = 0.04  # of the picture; a smaller bright part is no field
SMALLEST_UNROUND = 0.2  # of the picture; less of no round shape is the lit part of a picture taken too dark
DARK = 56  # grey value; a picture whose darkest corner is brighter has no dark surround to crop


@dataclass(frozen=True, slots=True)
class Field:
    """Where the eye is in a picture: its box, and its outline as a circle or as a mask of the whole picture."""

    box: Box
    circle: Circle | None = None
    mask: Bool[np.ndarray, "p q"] | None = None  # at the proxy's size; None with no circle = all of the picture


def find_field(pixels: UInt8[np.ndarray, "h w 3"], circular: bool = True) -> Field:
    """The field of view: what is brighter than the dark surround, without writing and white padding.

    With `circular`, a circle is fitted to the outline, so that a shadow at the rim does not
    shrink the field; an outline that is no circle keeps its own shape. A picture without a
    dark surround, or with nothing in it, is its own field.
    """
    height, width = pixels.shape[:2]
    whole = Field((0.0, 0.0, float(width), float(height)))
    proxy, step_x, step_y = _proxy(pixels)
    shade, surround = _shade(proxy)
    if surround > DARK:
        return whole
    masks = (_largest_part(shade > surround + above) for above in _levels(shade, surround))
    likeliest = next(masks)
    circles = (_circle.fit(mask) for mask in chain((likeliest,), masks) if circular)
    circle = next((found for found in circles if found is not None), None)
    if circle is None:
        outline = _filled(likeliest)
        if outline.mean() < SMALLEST_UNROUND:
            return whole
        rows, columns = np.flatnonzero(outline.any(axis=1)), np.flatnonzero(outline.any(axis=0))
        box = (columns[0] * step_x, rows[0] * step_y, (columns[-1] + 1) * step_x, (rows[-1] + 1) * step_y)
        return Field(box, mask=outline)
    x, y, radius = circle.x * step_x, circle.y * step_y, circle.radius * math.sqrt(step_x * step_y)
    box = (max(0.0, x - radius), max(0.0, y - radius), min(width, x + radius), min(height, y + radius))
    return Field(box, circle=Circle(x, y, radius))


def square(pixels: UInt8[np.ndarray, "h w 3"], field: Field, size: int) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """The field's box, centred in a black square and resized as a whole: never stretched, outside masked."""
    left, top, right, bottom = field.box
    scale = size / max(right - left, bottom - top)
    width, height = (min(size, max(1, round(side * scale))) for side in (right - left, bottom - top))
    kept = resized(pixels, field.box, width, height)
    kept[~_outline(field, pixels.shape[:2], width, height)] = 0
    canvas = np.zeros((size, size, 3), np.uint8)
    x, y = (size - width) // 2, (size - height) // 2
    canvas[y : y + height, x : x + width] = kept
    return canvas


def _proxy(pixels: UInt8[np.ndarray, "h w 3"]) -> tuple[UInt8[np.ndarray, "p q 3"], float, float]:
    """A small copy, and how many pixels of the picture one of its pixels spans across and down."""
    height, width = pixels.shape[:2]
    scale = min(1.0, PROXY / max(height, width))
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    picture = Image.fromarray(np.ascontiguousarray(pixels)).resize((across, down), Image.Resampling.BOX)
    return np.asarray(picture), width / across, height / down


def _shade(proxy: UInt8[np.ndarray, "p q 3"]) -> tuple[UInt8[np.ndarray, "p q"], float]:
    """The brightest channel, as a fundus may be nearly pure red, without white padding; and its darkest corner."""
    red, green, blue = proxy.transpose(2, 0, 1)  # a reduction over so short an axis takes thirty times as long
    padding = dilated(white_padding(np.minimum(np.minimum(red, green), blue)), 2)
    shade = np.where(padding, np.uint8(0), np.maximum(np.maximum(red, green), blue))
    side = max(2, min(shade.shape) // 32)
    ends = (slice(side), slice(-side, None))
    return shade, min(float(np.median(shade[rows, columns])) for rows in ends for columns in ends)


def _levels(shade: UInt8[np.ndarray, "p q"], surround: float) -> tuple[float, ...]:
    """How far above the surround a field may begin, the likeliest first: a dim rim asks for less, a glow for more."""
    span = float(np.percentile(shade, 95)) - surround
    return max(7.0, 0.07 * span), max(4.0, 0.03 * span), max(12.0, 0.15 * span)


def _largest_part(mask: Bool[np.ndarray, "p q"]) -> Bool[np.ndarray, "p q"]:
    """The largest connected part after writing is taken away; empty where it is too small for a field."""
    labels = components(dilated(eroded(mask, STROKE), STROKE))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    if sizes.max() < SMALLEST * mask.size:
        return np.zeros(mask.shape, bool)
    return np.asarray(labels == sizes.argmax())


def _filled(mask: Bool[np.ndarray, "p q"]) -> Bool[np.ndarray, "p q"]:
    """The mask with everything between its outermost pixels of a row or column, and one pixel more."""

    def between(part: Bool[np.ndarray, "a b"]) -> Bool[np.ndarray, "a b"]:
        forward, backward = np.logical_or.accumulate, part[:, ::-1]
        return forward(part, axis=1) & forward(backward, axis=1)[:, ::-1]

    return dilated(between(mask) | between(mask.T).T, 1)


def _outline(field: Field, shape: tuple[int, int], width: int, height: int) -> Bool[np.ndarray, "{height} {width}"]:
    """Which pixels of the box, at its new size, belong to the field."""
    left, top, right, bottom = field.box
    if field.circle is not None:
        x = left + (np.arange(width) + 0.5) * (right - left) / width - field.circle.x
        y = top + (np.arange(height) + 0.5) * (bottom - top) / height - field.circle.y
        return np.asarray(np.hypot(*np.meshgrid(x, y)) <= field.circle.radius)
    if field.mask is None:
        return np.ones((height, width), bool)
    down, across = field.mask.shape[0] / shape[0], field.mask.shape[1] / shape[1]
    picture = Image.fromarray(field.mask.astype(np.uint8) * 255)
    box = (left * across, top * down, right * across, bottom * down)
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR, box)) > 127
