"""Fluorescein angiography: the retina's vessels after dye, in grey; the phase is told by words, not by colour."""

import numpy as np
from jaxtyping import UInt8

from mmfundus.modalities._field import find_field, square
from mmfundus.modalities._limits import Limits
from mmfundus.modalities._ops import grey, stretched

TITLE = "fluorescein angiogram"
VERSION = 1  # raised whenever a prepared bit would change
WORDS = ("fluorescein angiogram", "fluorescein angiography", "fundus fluorescein angiography", "FFA image", "FA image")
# DICOM PS3.3 C.7.3.1.1.1 (modality) and PS3.4 B.5 (ophthalmic photography, 8 and 16 bit): the same as colour
# photographs; the dye is told by Acquisition Device Type and filters (PS3.3 C.8.17.2), not by the class.
DICOM_MODALITY = "OP"
DICOM_CLASSES = ("1.2.840.10008.5.1.4.1.1.77.1.5.1", "1.2.840.10008.5.1.4.1.1.77.1.5.2")
# Contrast turns about the picture's own mean and keeps the order of values: a bright late frame stays
# brighter than its vessels' background, a dark early one dark, so the phase can still be told.
LIMITS = Limits(rotation=10, scale=0.08, shift=0.04, brightness=0.15, contrast=0.2, gamma=0.2, blur=0.006)


def prepare(pixels: UInt8[np.ndarray, "h w 3"], size: int) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """The field in grey, cropped, centred in a black square, dim pictures brightened by one factor."""
    shade = np.repeat(grey(pixels)[..., None], 3, axis=2)
    return stretched(square(shade, find_field(shade), size))
