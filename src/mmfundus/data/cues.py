"""What a picture gives away without its content: its size, its file, its frame, its colours; and a blind tower's view.

Each cue is a few numbers a picture. A label that they separate may be one that cameras, clinics or
exports separate. The blind tower is a small convolutional network with random weights of a fixed seed, in
NumPy, so that the reader install has it: it has learned nothing, but what sets two cameras apart sets
its averages apart too (random features: Rahimi & Recht, NeurIPS 2007; in convolutions, Saxe et al., ICML 2011).
"""

import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt8
from PIL import Image
from tqdm import tqdm

from mmfundus import plugins
from mmfundus.data import images
from mmfundus.errors import UnreadableImage
from mmfundus.types import Row

CUES = {
    "size": "width, height and their ratio",
    "file": "bytes of the file, and per pixel",
    "frame": "black and white margins on each side, and how much of the picture is lit",
    "colour": "mean, spread and quantiles of each colour channel where it is lit",
    "thumbnail": "mean colour in 4 x 4 cells of the prepared picture",
    "blind tower": "averages of a network with random weights",
}
PLACELESS = ("size", "file", "frame", "colour")  # cues that hold nothing of where anything is in the picture
SIDE = 64  # pixels of the prepared picture that thumbnail and tower see
CELLS = 4
DARK, WHITE = 12, 243  # grey values of margins
SEED = 20120513
BANKS = ((7, 3, 32), (5, 32, 64))  # side, channels in, channels out of the blind tower's filters

Cues = Mapping[str, Float64[np.ndarray, "n k"]]


def see(rows: Sequence[Row], root: Path) -> tuple[Cues, tuple[bool, ...]]:
    """Each cue of all rows, in their order, and which rows could be read; NaN in the others."""
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        looked = pool.map(lambda row: _seen(root / row.image, row.modality), rows)
        found = list(tqdm(looked, "cues", len(rows), unit=" images", file=sys.stderr, disable=None, leave=False))
    first = next((one for one in found if one is not None), None)
    if first is None:
        return {cue: np.full((len(rows), 1), np.nan) for cue in CUES}, (False,) * len(rows)
    blank = {cue: np.full(first[cue].shape, np.nan) for cue in CUES}
    return {cue: np.stack([(one or blank)[cue] for one in found]) for cue in CUES}, tuple(
        one is not None for one in found
    )


def _seen(path: Path, modality: str) -> dict[str, Float64[np.ndarray, " k"]] | None:
    try:
        pixels = images.read(path)
    except UnreadableImage:
        return None
    prepared = plugins.load("mmfundus.modalities", modality).prepare(pixels, SIDE)
    return {
        "size": _size(pixels),
        "file": _file(path, pixels),
        "frame": _frame(pixels),
        "colour": _colour(pixels),
        "thumbnail": prepared.reshape(CELLS, SIDE // CELLS, CELLS, SIDE // CELLS, 3).mean((1, 3)).ravel() / 255,
        "blind tower": blind(prepared),
    }


def _size(pixels: UInt8[np.ndarray, "h w 3"]) -> Float64[np.ndarray, " k"]:
    height, width, _ = pixels.shape
    return np.log([width, height, width / height])


def _file(path: Path, pixels: UInt8[np.ndarray, "h w 3"]) -> Float64[np.ndarray, " k"]:
    size = path.stat().st_size
    return np.log([size, size / (pixels.shape[0] * pixels.shape[1])])


def _frame(pixels: UInt8[np.ndarray, "h w 3"]) -> Float64[np.ndarray, " k"]:
    shade = np.asarray(Image.fromarray(pixels).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX))
    lit = (shade >= DARK) & (shade <= WHITE)
    margins = [_margin(np.any(lit, axis=axis)) for axis in (1, 0)]
    return np.array([*np.ravel(margins), lit.mean(), (shade < DARK).mean(), (shade > WHITE).mean()], np.float64)


def _margin(lines: Bool[np.ndarray, " s"]) -> tuple[float, float]:
    """Share of the lines before the first and after the last that is lit."""
    lit = np.flatnonzero(lines)
    return (lit[0] / len(lines), 1 - (lit[-1] + 1) / len(lines)) if len(lit) else (1.0, 1.0)


def _colour(pixels: UInt8[np.ndarray, "h w 3"]) -> Float64[np.ndarray, " k"]:
    small = np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BOX), np.float64)
    shade = small.mean(2)
    lit = small[(shade >= DARK) & (shade <= WHITE)]
    lit = lit if len(lit) else small.reshape(-1, 3)
    return np.concatenate([lit.mean(0), lit.std(0), np.quantile(lit, (0.1, 0.5, 0.9), axis=0).ravel()]) / 255


def blind(prepared: UInt8[np.ndarray, "s s 3"]) -> Float64[np.ndarray, " k"]:
    """Mean and spread of each channel after two layers of random filters."""
    layer = prepared.astype(np.float32) / 127.5 - 1
    for bank in _banks():
        side = bank.shape[0]
        around = np.lib.stride_tricks.sliding_window_view(layer, (side, side), axis=(0, 1))[::2, ::2]
        layer = np.maximum(np.einsum("yxcij,ijco->yxo", around, bank, optimize=True), 0)
    return np.concatenate([layer.mean((0, 1)), layer.std((0, 1))]).astype(np.float64)


@cache
def _banks() -> tuple[Float32[np.ndarray, "k k i o"], ...]:
    rng = np.random.default_rng(SEED)
    return tuple(
        (rng.standard_normal((side, side, i, o)) * np.sqrt(2 / (side * side * i))).astype(np.float32)
        for side, i, o in BANKS
    )
