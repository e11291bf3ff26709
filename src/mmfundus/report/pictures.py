"""Pictures of a page: heat maps over images, and images as text or files.

Only Pillow and NumPy. Orange speaks for a finding and blue against it: two hues that stay
apart for colour-blind eyes. The picture below a map is grey, so that the orange of a fundus
is never taken for evidence.
"""

import base64
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from mmfundus import tables

FOR = (245, 130, 20)  # RGB of evidence for a finding
AGAINST = (40, 110, 235)  # RGB of evidence against it
STRONGEST = 0.75  # opacity at the end of the scale: the anatomy below stays visible

Pixels = UInt8[np.ndarray, "s s 3"]
Map = Float[np.ndarray, "h w"]


def overlay(pixels: Pixels, map: Map, scale: float) -> Pixels:
    """The picture in grey under its map; colour says the sign, opacity the strength.

    `scale` is the absolute map value drawn at full strength, in the map's own units (a part of
    the cosine score); larger values are drawn as `scale`. Share one scale among pictures to compare.
    Positions are interpolated bilinearly for the eye only; sums belong to the map, not to the picture.
    """
    assert scale > 0, "the scale is the largest absolute value and must be positive"
    height, width, _ = pixels.shape
    smooth = Image.fromarray(np.asarray(map, dtype=np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    strength = np.clip(np.asarray(smooth) / scale, -1, 1)[:, :, None]
    grey = np.asarray(Image.fromarray(pixels).convert("L"), dtype=np.float32)[:, :, None]
    alpha = np.abs(strength) * STRONGEST
    mixed = (1 - alpha) * grey + alpha * np.where(strength > 0, FOR, AGAINST)
    return np.rint(mixed).astype(np.uint8)


def smaller(pixels: Pixels, side: int) -> Pixels:
    """The picture at that side for a page, if it is larger; the model never sees this one."""
    if pixels.shape[0] <= side:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS))


def shared_scale(maps: list[Map]) -> float:
    """The largest absolute value of all maps; 1.0 where there is none, so that it can always divide."""
    return max((float(np.abs(map).max()) for map in maps), default=0.0) or 1.0


def sheet(pictures: Sequence[Pixels], gap: int = 4) -> UInt8[np.ndarray, "h w 3"]:
    """Pictures of one size in a square grid on white, in order, row by row."""
    side, across = len(pictures[0]), math.ceil(math.sqrt(len(pictures)))
    down = -(-len(pictures) // across)
    canvas = np.full((down * (side + gap) + gap, across * (side + gap) + gap, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        y, x = (gap + place * (side + gap) for place in divmod(number, across))
        canvas[y : y + side, x : x + side] = picture
    return canvas


def data_uri(pixels: Pixels, quality: int = 85) -> str:
    """The picture as a JPEG inside a `data:` address, so that a page needs no other file."""
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=quality, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(encoded.getvalue()).decode("ascii")


def save_png(path: Path, pixels: UInt8[np.ndarray, "h w 3"]) -> None:
    """Write the picture without loss; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tables.whole(path) as beside:
        Image.fromarray(pixels).save(beside, "PNG")
