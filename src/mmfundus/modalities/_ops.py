"""Small steps that several modalities share, on masks and pictures.

Pure NumPy and Pillow and deterministic: the same pixels give the same bits wherever the
versions of the two are the same.
"""

import numpy as np
from jaxtyping import Bool, Int, UInt8
from PIL import Image

WHITE = 225  # grey value from which a pixel may be white padding: JPEG rings around 255

Box = tuple[float, float, float, float]  # left, top, right, bottom; edges, not centres


def resized(pixels: UInt8[np.ndarray, "h w 3"], box: Box, width: int, height: int) -> UInt8[np.ndarray, "y x 3"]:
    """A box of the picture at another size: bicubic, antialiased, in one fair step (no `reducing_gap`)."""
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    return np.array(picture.resize((width, height), Image.Resampling.BICUBIC, box))


def grey(pixels: UInt8[np.ndarray, "h w 3"]) -> UInt8[np.ndarray, "h w"]:
    """Luma (ITU-R BT.601), which leaves a grey picture as it is."""
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L"))


def stretched(pixels: UInt8[np.ndarray, "s s 3"]) -> UInt8[np.ndarray, "s s 3"]:
    """A grey picture as bright as its field allows: 99.5 % of the lit pixels fit below 250.

    One factor for the whole picture, between 1 and 3, so black stays black, the order of
    any two pixels is kept, and at most 0.5 % of the field reaches white that was not white
    before. A picture that is bright already keeps every value.
    """
    lit = pixels[pixels > 0]
    if lit.size == 0:
        return pixels
    gain = min(3.0, max(1.0, 250.0 / float(np.percentile(lit, 99.5))))
    table = np.minimum(255.0, np.rint(np.arange(256) * gain)).astype(np.uint8)
    return np.asarray(table[pixels])


def white_padding(shade: UInt8[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """White margins of the picture, level or slanting, as registration and pages leave them.

    A margin is unbroken white from the picture's border inwards, begins in a corner, and
    is as deep as this for at least an eighth of the side: bright tissue that touches the
    border or the margin makes a narrow peak of depth, which is levelled.
    """
    found = np.zeros(shade.shape, bool)
    for turns in range(4):
        white = np.rot90(shade >= WHITE, turns)
        if white[0, 0] or white[0, -1]:
            depth = np.where(white.all(axis=0), len(white), (~white).argmax(axis=0))
            depth = _levelled(depth, max(2, white.shape[1] // 16))
            cornered = np.logical_and.accumulate(depth > 0) | np.logical_and.accumulate(depth[::-1] > 0)[::-1]
            found |= np.rot90(np.arange(len(white))[:, None] < depth * cornered, -turns)
    return found


def eroded(mask: Bool[np.ndarray, "h w"], pixels: int) -> Bool[np.ndarray, "h w"]:
    """The mask without what lies so near its edge, diagonals included; the picture's border is no edge."""
    for axis in (0, 1):
        reach = [(pixels, pixels) if axis == along else (0, 0) for along in (0, 1)]
        wide = np.moveaxis(np.pad(mask, reach, mode="edge"), axis, 0)
        length = mask.shape[axis]
        kept = np.logical_and.reduce([wide[start : start + length] for start in range(2 * pixels + 1)])
        mask = np.moveaxis(kept, 0, axis)
    return mask


def dilated(mask: Bool[np.ndarray, "h w"], pixels: int) -> Bool[np.ndarray, "h w"]:
    """The mask grown by so many pixels in every direction."""
    return ~eroded(~mask, pixels)


def components(mask: Bool[np.ndarray, "h w"]) -> Int[np.ndarray, "h w"]:
    """Number of the connected part each pixel belongs to (by its sides); 0 outside the mask."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        spread = _largest_of_run(_largest_of_run(labels).T).T
        if np.array_equal(spread, labels):
            return np.unique(labels, return_inverse=True)[1].reshape(mask.shape) + (0 if (labels == 0).any() else 1)
        labels = spread


def _starts(mask: Bool[np.ndarray, "h w"]) -> Int[np.ndarray, " r"]:
    """Positions in the flattened picture where a run along a row begins, of either value."""
    turns = np.ones(mask.shape, bool)
    turns[:, 1:] = mask[:, 1:] != mask[:, :-1]
    return np.flatnonzero(turns)


def _largest_of_run(labels: Int[np.ndarray, "h w"]) -> Int[np.ndarray, "h w"]:
    starts = _starts(labels > 0)
    largest = np.maximum.reduceat(np.ascontiguousarray(labels).ravel(), starts)
    return np.repeat(largest, np.diff(starts, append=labels.size)).reshape(labels.shape)


def _levelled(depth: Int[np.ndarray, " n"], reach: int) -> Int[np.ndarray, " n"]:
    """Peaks narrower than twice the reach cut off (a morphological opening); slopes stay."""
    for extreme in (np.minimum, np.maximum):
        wide = np.pad(depth, reach, mode="edge")
        depth = extreme.reduce([wide[start : start + len(depth)] for start in range(2 * reach + 1)])
    return depth
