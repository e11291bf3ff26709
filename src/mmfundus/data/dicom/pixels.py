"""One frame of a DICOM file as 8-bit RGB, through the transformations that PS3.3 C.11 and PS3.4 N.2 order.

Grey: modality LUT or rescale, then the file's first window or VOI LUT; without one, the whole range that the stored
bits can say becomes 0 to 255, so all frames of a volume are scaled alike. MONOCHROME1 and an inverse presentation are
turned. Colour: YBR becomes RGB, a palette is looked up, more than 8 bits are scaled by the bits stored. ICC profiles
are not applied and overlays not drawn: the networks are fed what cameras save.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Integer, Shaped, UInt8
from pydicom import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import JPEGExtended12Bit

from mmfundus.data.dicom import header
from mmfundus.errors import UnreadableImage

PALETTE = "PALETTE COLOR"
COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
GREY = ("MONOCHROME1", "MONOCHROME2")
# Where PS3.3 C.7.6.16.2 puts what a frame is shown by: group -> attributes.
SHOWN_BY = {
    "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept"),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "VOILUTFunction"),
}


def frame(path: Path, number: int) -> UInt8[np.ndarray, "h w 3"]:
    """Frame `number`, counted from 1. Raises UnreadableImage."""
    found = header.read(path)
    if not 1 <= number <= header.frames(found):
        raise UnreadableImage(f"{path.name!r} has {header.frames(found)} frames; there is no frame {number}.")
    photometric = str(found.get("PhotometricInterpretation", ""))
    if photometric not in (*COLOUR, *GREY, PALETTE):
        raise UnreadableImage(f"{path.name!r} is stored as {photometric[:16]!r}; grey, RGB, YBR and palette are read.")
    _refuse_undecodable(path, found)
    source = header.whole(path) if header.deflated(found) else path
    raw = pixel_array(source, index=number - 1)
    if photometric in COLOUR:
        return _eight_bits(raw, int(found.BitsStored))
    if photometric == PALETTE:
        entries = apply_color_lut(raw, found)
        return _eight_bits(entries, 8 * entries.dtype.itemsize)
    return np.repeat(_grey(raw, _shown_by(found, number), photometric)[..., None], 3, axis=2)


def _refuse_undecodable(path: Path, found: Dataset) -> None:
    """Say which codec is missing, for pydicom's own words are for programmers."""
    syntax = found.file_meta.TransferSyntaxUID
    if syntax == JPEGExtended12Bit and int(found.BitsStored) > 8 and importlib.util.find_spec("libjpeg") is None:
        raise UnreadableImage(
            f"{path.name!r} is 12-bit lossy JPEG, for which no decoder is installed; the free one, pylibjpeg-libjpeg, "
            "is GPL and not part of [dicom]. Install it, or export the image without loss."
        )
    try:
        known = get_decoder(syntax).is_available
    except NotImplementedError:
        known = False
    if not known:
        raise UnreadableImage(
            f"{path.name!r} is stored as {syntax.name!r}, which is not read. Export it as JPEG 2000 or uncompressed."
        )


def _eight_bits(samples: Integer[np.ndarray, "h w 3"], bits: int) -> UInt8[np.ndarray, "h w 3"]:
    if bits == 8:
        return np.asarray(samples, np.uint8)
    return np.asarray(np.rint(samples * (255.0 / (2**bits - 1))).clip(0, 255), np.uint8)


def _grey(raw: Integer[np.ndarray, "h w"], by: Dataset, photometric: str) -> UInt8[np.ndarray, "h w"]:
    bits, signed = int(by.BitsStored), bool(by.PixelRepresentation)
    ends = np.array([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] if signed else [0, 2**bits - 1], raw.dtype)
    if "ModalityLUTSequence" in by:  # a table has its own range: PS3.3 C.11.1
        deep = int(by.ModalityLUTSequence[0].LUTDescriptor[2])
        values, ends = apply_modality_lut(raw, by), np.array([0, 2**deep - 1])
    else:
        values, ends = apply_modality_lut(raw, by), apply_modality_lut(ends, by)
    values, low, high = _windowed(values, by, float(ends.min()), float(ends.max()))
    shade = np.rint((values.astype(np.float64) - low) * (255.0 / ((high - low) or 1.0))).clip(0, 255).astype(np.uint8)
    inverse = photometric == "MONOCHROME1" or str(by.get("PresentationLUTShape", "")) == "INVERSE"
    return 255 - shade if inverse else shade


def _windowed(
    values: Shaped[np.ndarray, "h w"], by: Dataset, low: float, high: float
) -> tuple[Shaped[np.ndarray, "h w"], float, float]:
    """Values after the first window or VOI LUT, and the ends of its output."""
    if by.get("VOILUTSequence"):
        table = by.VOILUTSequence[0]
        return apply_voi_lut(values, by), 0.0, float(2 ** int(table.LUTDescriptor[2]) - 1)
    if by.get("WindowWidth") is None or by.get("WindowCenter") is None:
        return values, low, high
    centre, width = (_first(by[name].value) for name in ("WindowCenter", "WindowWidth"))
    match str(by.get("VOILUTFunction", "")):
        case "SIGMOID":
            return 1 / (1 + np.exp(-4 * (values.astype(np.float64) - centre) / width)), 0.0, 1.0
        case "LINEAR_EXACT":
            return values, centre - width / 2, centre + width / 2
    return values, centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2  # LINEAR: PS3.3 C.11.2.1.2


def _first(value: Any) -> float:
    """A number, or the first of several: a file may offer more than one window."""
    return float(value[0] if isinstance(value, Sequence) else value)


def _shown_by(found: Dataset, number: int) -> Dataset:
    """The header with what the functional groups say of this frame put where single-frame images have it."""
    by = Dataset()
    by.update(found)
    shared = list(found.get("SharedFunctionalGroupsSequence") or ())[:1]
    own = list(found.get("PerFrameFunctionalGroupsSequence") or ())[number - 1 : number]
    for group in (*shared, *own):
        for sequence, attributes in SHOWN_BY.items():
            for item in list(group.get(sequence) or ())[:1]:
                for name in attributes:
                    if name in item:
                        by[name] = item[name]
    return by
