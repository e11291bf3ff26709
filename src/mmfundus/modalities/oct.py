"""Optical coherence tomography: one B-scan, a section through the retina, in grey.

Every column of the scan is kept: disease may sit at its very end, and cropping to a square
would throw away more than half of a 1536 x 496 scan.
"""

import numpy as np
from jaxtyping import UInt8

from mmfundus.modalities._limits import Limits
from mmfundus.modalities._ops import dilated, grey, resized, white_padding

TITLE = "optical coherence tomography B-scan"
VERSION = 1  # raised whenever a prepared bit would change
WORDS = ("optical coherence tomography B-scan", "OCT B-scan", "OCT scan of the retina", "optical coherence tomography")
# DICOM PS3.3 C.7.3.1.1.1 (modality) and PS3.4 B.5 (ophthalmic tomography)
DICOM_MODALITY = "OPT"
DICOM_CLASSES = ("1.2.840.10008.5.1.4.1.1.77.1.5.4",)
LIMITS = Limits(
    rotation=5,
    scale=0.06,
    shift=0.04,
    brightness=0.15,
    contrast=0.15,
    gamma=0.15,
    shear=6,
    speckle=0.12,
    extra_rotation=10,  # a section is taken level: a retina at 30 degrees is a picture no device makes
)
CELL = 8  # rows and columns averaged when the retina is sought: speckle falls eightfold
MARGIN = 0.08  # of the scan's height, kept above and below the retina


def prepare(pixels: UInt8[np.ndarray, "h w 3"], size: int) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """The whole width of the scan in a black square, the retina's rows in its middle; never stretched.

    The square's side is the scan's width, or the retina's height where that is more. Rows of
    vitreous and choroid beyond the square are cut, and where the scan ends before the square
    does, it stays black. White padding left by registration becomes black.
    """
    shade = grey(pixels).copy()
    shade[dilated(white_padding(shade), 3)] = 0  # three pixels of grey seam around it
    height, width = shade.shape
    first, last = retina_rows(shade)
    side = max(width, last - first)
    top = (first + last - side) / 2
    upper, lower = max(0.0, top), min(float(height), top + side)
    scale = size / side
    across, down = max(1, round(width * scale)), max(1, round((lower - upper) * scale))
    part = resized(np.repeat(shade[..., None], 3, axis=2), (0.0, upper, float(width), lower), across, down)
    canvas = np.zeros((size, size, 3), np.uint8)
    x, y = (size - across) // 2, min(size - down, round((upper - top) * scale))
    canvas[y : y + down, x : x + across] = part
    return canvas


def retina_rows(shade: UInt8[np.ndarray, "h w"]) -> tuple[int, int]:
    """First and one past the last row of the retina with a margin; all rows where nothing stands out.

    The retina is what is clearly brighter than the scan's median once speckle is averaged
    away; 1 % of its light at either end is left out as haze.
    """
    height, width = shade.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    cells = resized(np.repeat(shade[..., None], 3, axis=2), (0, 0, width, height), columns, rows)[..., 0].astype(float)
    middle, bright = np.percentile(cells, (50, 99))
    light = np.clip(cells - (middle + 0.35 * (bright - middle)), 0, None).sum(axis=1)
    if bright - middle < 10 or light.sum() == 0:
        return 0, height
    share = np.cumsum(light) / light.sum()
    margin = MARGIN * height
    first = np.searchsorted(share, 0.01) * height / rows - margin
    last = (np.searchsorted(share, 0.99) + 1) * height / rows + margin
    return max(0, round(first)), min(height, round(last))
