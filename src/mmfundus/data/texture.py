"""One picture recognised in another: cut, turned, mirrored, made smaller or brighter, saved again.

A texture is the picture's fine detail at 96 x 96 pixels, divided by its own local strength: vessels,
layers and lesions count, light and colour do not. Two textures are laid over each other at the best
shift, angle and scale, and what is left is a correlation over their common part. Finding that place for
every pair would be slow, so `coarse` vectors of one side are compared with those of the other side at the rough
placements of `PROBES`, by matrix products; only the few best are registered (`agreement`).

Phase and cross correlation by Fourier transform: Kuglin & Hines, Proc. IEEE Cybernetics and Society 163
(1975); over masks: Padfield, IEEE Trans. Image Processing 21:2706 (2012).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Bool, Complex, Float32, Float64, UInt8
from PIL import Image

from mmfundus.modalities._ops import eroded, grey, white_padding

SIDE = 96  # pixels of a texture
DARK = 12  # grey value below which there is no tissue
LIT = 0.02  # share of a line that must be lit for it to belong to the picture
RIM = 2  # pixels along the edge of the tissue that are left out: it is alike in all pictures of a camera
FINEST, COARSEST, AROUND = 1, 6, 10  # reaches in pixels: of smoothing, of the background, of the local strength
LEVELS = 7  # steps on either side of zero that a texture is stored in: 4 bits a pixel
STRONGEST = 2.5  # times the local strength, beyond which detail counts no more
LEAST = 1.0  # grey values of local strength, the median over the tissue, below which a picture is too plain to know
LEAST_LAYERED = 0.5  # the same of a section
COURSE = 12  # reach in pixels along a row of a section, whose mean is taken away
PLAIN = 1.0  # grey values squared, added to the local strength: noise of a plain picture stays small
CELL = 3  # pixels of a texture to one of a coarse vector
SHIFT = 8  # pixels two textures are moved against each other
COMMON = 1500  # pixels two textures must share to be compared
PADDED = 112  # at least SIDE + 2 SHIFT
CLIMB = ((0.025, 2.0),) * 3 + ((0.0125, 1.0),)  # steps of scale and degrees
HOPELESS = 0.36  # correlation at the rough placement below which finer ones are not tried


Placed = tuple[Float32[np.ndarray, "s s"], Bool[np.ndarray, "s s"]]  # values, and where there is tissue


@dataclass(frozen=True, slots=True)
class Placement:
    """How one picture is laid over another: first mirrored, then scaled and turned about its middle."""

    mirrored: bool = False
    scale: float = 1.0
    angle: float = 0.0  # degrees


PROBES = tuple(
    Placement(mirrored, scale, angle)
    for mirrored in (False, True)
    for scale, angle in (
        *((scale, angle) for scale in (0.9, 0.95, 1.0, 1.05, 1.11) for angle in (-4.0, 0.0, 4.0)),
        *((1.0, angle) for angle in (90.0, 180.0, 270.0)),  # on its side, upside down
    )
)


def texture(pixels: UInt8[np.ndarray, "h w 3"], layered: bool = False) -> UInt8[np.ndarray, "s s"]:
    """Fine detail of the lit part in 15 steps around 8; 0 where there is no tissue, or none at all.

    `layered`: a section, as of OCT. What is dark in it belongs to the picture, and its layers, which run along the
    rows and are alike in all eyes, do not count: each row's own course is taken away.
    """
    framed = _framed(grey(pixels), 0 if layered else DARK)
    if framed is None:
        return np.zeros((SIDE, SIDE), np.uint8)
    shade, tissue = framed
    fine = _mean(shade, tissue, FINEST) - _mean(shade, tissue, COARSEST)
    fine = fine - _mean(fine, tissue, 0, COURSE) if layered else fine
    power = _mean(fine * fine, tissue, AROUND)
    inside = eroded(tissue, RIM)
    if not inside.any() or np.median(power[inside]) < (LEAST_LAYERED if layered else LEAST) ** 2:
        return np.zeros((SIDE, SIDE), np.uint8)
    steps = np.rint(np.clip(fine / (STRONGEST * np.sqrt(power + PLAIN)), -1, 1) * LEVELS) + LEVELS + 1
    return np.where(inside, steps, 0).astype(np.uint8)


def _framed(shade: UInt8[np.ndarray, "h w"], dark: int) -> Placed | None:
    """The tissue in the middle of a square, its sides kept in proportion, and where it is; None where there is none."""
    tissue = (shade >= dark) & ~white_padding(shade)
    rows, columns = np.flatnonzero(tissue.mean(1) > LIT), np.flatnonzero(tissue.mean(0) > LIT)
    if len(rows) < 16 or len(columns) < 16:
        return None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    half, y, x = max(bottom - top, right - left) / 2, (top + bottom) / 2, (left + right) / 2
    box = tuple(round(edge) for edge in (x - half, y - half, x + half, y + half))
    layers = (np.where(tissue, shade, np.uint8(0)), tissue * np.uint8(255))
    small, share = (
        np.asarray(Image.fromarray(layer).crop(box).resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
        for layer in layers
    )
    return small, share > 250


def _mean(
    values: Float32[np.ndarray, "s s"], inside: Bool[np.ndarray, "s s"], reach: int, across: int | None = None
) -> Float32[np.ndarray, "s s"]:
    """Each pixel's mean over the tissue around it, `reach` up and down and `across`: the dark outside makes no edge."""
    reaches = reach, reach if across is None else across
    total, share = _sum(np.where(inside, values, 0), *reaches), _sum(inside.astype(np.float32), *reaches)
    means: Float32[np.ndarray, "s s"] = (total / np.maximum(share, 1)).astype(np.float32)
    return means


def _sum(values: Float32[np.ndarray, "s s"], reach: int, across: int) -> Float64[np.ndarray, "s s"]:
    """Sums over rectangles, by running sums."""
    padded = np.pad(values.astype(np.float64), ((reach + 1, reach), (across + 1, across)))
    sums = padded.cumsum(0).cumsum(1)
    tall, wide = 2 * reach + 1, 2 * across + 1
    found: Float64[np.ndarray, "s s"] = (
        sums[tall:, wide:] - sums[:-tall, wide:] - sums[tall:, :-wide] + sums[:-tall, :-wide]
    )
    return found


def placed(found: UInt8[np.ndarray, "s s"], at: Placement) -> Placed:
    """A texture mirrored, scaled and turned; what comes from outside is no tissue."""
    values, inside = signed(np.ascontiguousarray(found[:, ::-1]) if at.mirrored else found)
    if (at.scale, at.angle) == (1.0, 0.0):
        return values, inside
    turn = np.deg2rad(at.angle)
    (a, b), (c, d) = matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / at.scale
    x, y = SIDE / 2 * (1 - matrix.sum(axis=1))
    how = (SIDE, SIDE), Image.Transform.AFFINE, (a, b, x, c, d, y), Image.Resampling.BILINEAR
    moved, mask = (np.asarray(Image.fromarray(layer).transform(*how)) for layer in (values, inside.astype(np.float32)))
    return np.where(mask > 0.99, moved, 0), mask > 0.99


def coarse(at: Placed) -> Float32[np.ndarray, " d"]:
    """Unit vector of a placed texture in cells of 3 x 3 pixels; all zeros where there is no tissue."""
    cells = at[0].reshape(SIDE // CELL, CELL, SIDE // CELL, CELL).mean((1, 3)).ravel()
    length = float(np.linalg.norm(cells))
    return np.asarray(cells / length if length else cells, np.float32)


def probes(found: UInt8[np.ndarray, "s s"]) -> Float32[np.ndarray, "p d"]:
    """Coarse vectors of a texture at each of PROBES."""
    return np.stack([coarse(placed(found, at)) for at in PROBES])


def agreement(one: UInt8[np.ndarray, "s s"], other: UInt8[np.ndarray, "s s"], rough: Placement) -> float:
    """Greatest correlation of two textures near a rough placement of the first; -1 where they share too little.

    It climbs from the rough placement in steps of scale and angle, first wide, then fine.
    """
    still = _spectra(signed(other)).conj()
    best, at = _slid(placed(one, rough), still), rough
    if best < HOPELESS:
        return best
    for scale, angle in CLIMB:
        middle = at
        for x, y in ((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y):
            finer = Placement(at.mirrored, middle.scale * (1 + x * scale), middle.angle + y * angle)
            score = _slid(placed(one, finer), still)
            if score > best:
                best, at = score, finer
    return best


def signed(found: UInt8[np.ndarray, "s s"]) -> Placed:
    """A texture's steps around zero, and where there is tissue."""
    inside = found > 0
    return np.where(inside, found.astype(np.float32) - np.float32(LEVELS + 1), np.float32(0)), inside


def _spectra(at: Placed) -> Complex[np.ndarray, "3 h w"]:
    values, inside = at
    layers = np.stack([values, inside.astype(np.float32), values * values])
    return np.fft.rfft2(layers, (PADDED, PADDED))


def _slid(moved: Placed, still: Complex[np.ndarray, "3 h w"]) -> float:
    """Greatest correlation over all shifts within reach, each over the pixels that both have."""
    (value, mask, square), (other, its_mask, its_square) = _spectra(moved), still
    products = np.stack([value * other, square * its_mask, mask * its_square, mask * its_mask])
    rows, columns = _near()
    both, first, second, common = np.fft.irfft2(products, (PADDED, PADDED))[:, rows, columns]
    scores = both / np.sqrt(np.maximum(first, 1) * np.maximum(second, 1))
    return float(np.where(common >= COMMON, scores, -1.0).max())


@cache
def _near() -> tuple[np.ndarray, ...]:
    """Indices of the shifts within reach: negative ones wrap round."""
    steps = np.arange(-SHIFT, SHIFT + 1)
    return np.ix_(steps, steps)


def packed(found: UInt8[np.ndarray, "s s"]) -> bytes:
    """What is kept of a picture: two pixels a byte; nothing of a plain one."""
    flat = found.ravel()
    return bytes(flat[::2] << 4 | flat[1::2]) if flat.any() else b""


def unpacked(kept: bytes) -> UInt8[np.ndarray, "s s"]:
    """The texture that was packed. Raises ValueError for bytes that are none."""
    pairs = np.frombuffer(kept or bytes(SIDE * SIDE // 2), np.uint8)
    return np.stack([pairs >> 4, pairs & 15], axis=1).reshape(SIDE, SIDE)
