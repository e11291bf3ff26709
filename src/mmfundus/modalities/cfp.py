"""Colour fundus photographs: the posterior pole in colour, 30 to 60 degrees, round on black."""

import numpy as np
from jaxtyping import UInt8

from mmfundus.modalities._field import find_field, square
from mmfundus.modalities._limits import Limits

TITLE = "colour fundus photograph"
VERSION = 1  # raised whenever a prepared bit would change
WORDS = (
    "colour fundus photograph",
    "color fundus photograph",
    "fundus photograph",
    "fundus photo",
    "retinal photograph",
)
# DICOM PS3.3 C.7.3.1.1.1 (modality) and PS3.4 B.5 (storage classes, 8 and 16 bit)
DICOM_MODALITY = "OP"
DICOM_CLASSES = ("1.2.840.10008.5.1.4.1.1.77.1.5.1", "1.2.840.10008.5.1.4.1.1.77.1.5.2")
LIMITS = Limits(
    rotation=10, scale=0.08, shift=0.04, brightness=0.15, contrast=0.15, gamma=0.15, colour=0.05, blur=0.008
)


def prepare(pixels: UInt8[np.ndarray, "h w 3"], size: int) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """The round field of view, cropped, centred in a black square and masked outside; never stretched."""
    return square(pixels, find_field(pixels), size)
