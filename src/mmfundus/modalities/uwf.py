"""Ultra-widefield pictures: up to 200 degrees by scanning laser in two or three colours, edges and lids included.

Written for made pictures: no real ultra-widefield set was at hand when this was tuned.
"""

import numpy as np
from jaxtyping import UInt8

from mmfundus.modalities._field import find_field, square
from mmfundus.modalities._limits import Limits

TITLE = "ultra-widefield fundus photograph"
VERSION = 1  # raised whenever a prepared bit would change
WORDS = (
    "ultra-widefield fundus photograph",
    "ultra-wide-field fundus image",
    "widefield fundus photograph",
    "UWF image",
)
# DICOM PS3.3 C.7.3.1.1.1 (modality) and PS3.4 B.5 (wide field stereographic projection, 3D coordinates)
DICOM_MODALITY = "OP"
DICOM_CLASSES = ("1.2.840.10008.5.1.4.1.1.77.1.5.5", "1.2.840.10008.5.1.4.1.1.77.1.5.6")
LIMITS = Limits(
    rotation=10, scale=0.08, shift=0.04, brightness=0.15, contrast=0.15, gamma=0.15, colour=0.08, blur=0.006, lids=0.12
)


def prepare(pixels: UInt8[np.ndarray, "h w 3"], size: int) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """The field in its own outline, centred in a black square; never stretched.

    No circle or ellipse is fitted: lids and the instrument cut the field as they like, and
    the periphery is what the picture was taken for. Only writing apart from the field goes.
    """
    return square(pixels, find_field(pixels, circular=False), size)
