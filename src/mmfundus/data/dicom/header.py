"""A DICOM file's header: the public attributes that are used here, or the sentence that refuses the file.

Only named attributes are read, so private ones and free text are passed over. No word of an exception is repeated: it
may quote the file, and the file names a person.
"""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_file_meta_info
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from mmfundus.data import images
from mmfundus.errors import UnreadableImage

MOST_FRAMES = 2048  # a cube with more B-scans has to come in parts
MOST_BYTES = 2 << 30
SMALL = 1 << 16  # bytes; longer values are left in the file until asked for
MOST_BITS = 16
LONGEST = 1024  # characters of a value in an excerpt: three times the longest name
MOST_INFLATED = 512 << 20  # bytes of a deflated file, which has to be unpacked whole
START = 132 + 12  # where what the group length counts begins: preamble, mark, the length's own element (PS3.10 7.1)

WANTED = (
    "SOPClassUID SOPInstanceUID Modality ImageType Manufacturer ManufacturerModelName "
    "DerivationDescription PatientID IssuerOfPatientID StudyInstanceUID SeriesInstanceUID StudyDate "
    "StudyTime AcquisitionDateTime AcquisitionDate AcquisitionTime ContentDate ContentTime "
    "BurnedInAnnotation Laterality ImageLaterality AnatomicRegionSequence "
    "AcquisitionDeviceTypeCodeSequence IlluminationTypeCodeSequence LightPathFilterTypeStackCodeSequence "
    "ImagePathFilterTypeStackCodeSequence ContrastBolusAgentSequence ContrastBolusAgent "
    "HorizontalFieldOfView SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence NumberOfFrames "
    "Rows Columns SamplesPerPixel PhotometricInterpretation PlanarConfiguration BitsAllocated BitsStored "
    "HighBit PixelRepresentation RedPaletteColorLookupTableDescriptor "
    "GreenPaletteColorLookupTableDescriptor BluePaletteColorLookupTableDescriptor "
    "RedPaletteColorLookupTableData GreenPaletteColorLookupTableData BluePaletteColorLookupTableData "
    "RescaleSlope RescaleIntercept ModalityLUTSequence WindowCenter WindowWidth VOILUTFunction "
    "VOILUTSequence PresentationLUTShape "
)


def read(path: Path) -> Dataset:
    """The header of a file that holds one or several pictures. Raises UnreadableImage."""
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableImage(f"{path.name!r} is larger than {MOST_BYTES >> 30} GiB. Split it into smaller instances.")
    try:
        _refuse_inflated(path)
        found = dcmread(path, stop_before_pixels=True, defer_size=SMALL, specific_tags=WANTED.split())
        syntax = str(found.file_meta.get("TransferSyntaxUID", ""))
        _refuse_unfit(path, found)
    except InvalidDicomError:
        raise UnreadableImage(
            f"{path.name!r} is not a DICOM file: no 'DICM' after 128 bytes (PS3.10). Export it again."
        ) from None
    if not syntax:
        raise UnreadableImage(f"{path.name!r} does not say its transfer syntax (PS3.10). Export it again.")
    return found


def excerpt(path: Path, tags: Sequence[str]) -> dict[str, Any]:
    """Named attributes of an image as DICOM's JSON (PS3.18 annex F), without those that are too long."""
    read(path)
    found = dcmread(path, stop_before_pixels=True, defer_size=SMALL, specific_tags=list(tags))
    short = Dataset()
    for element in found:
        if element.VR != "SQ" and len(str(element.value)) <= LONGEST:
            short.add(element)
    return dict(short.to_json_dict(suppress_invalid_tags=True))


def deflated(found: Dataset) -> bool:
    """Whether the whole data set is compressed, so that no frame can be read alone."""
    return bool(found.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian)


def whole(path: Path) -> Dataset:
    """Header and pixels, for a deflated file."""
    return dcmread(path)


def class_name(found: Dataset) -> str:
    """What the standard calls the file's storage class; a private class is called so."""
    uid = UID(str(found.get("SOPClassUID", "")))
    return uid.name if uid and not uid.is_private and uid.name != str(uid) else "an unknown class"


def frames(found: Dataset) -> int:
    """How many frames the file says it holds."""
    return int(found.get("NumberOfFrames") or 1)


def _refuse_inflated(path: Path) -> None:
    """Unpack a deflated file once without keeping it, so that a bomb is known before pydicom unpacks it."""
    meta = read_file_meta_info(path)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    inflating, seen = zlib.decompressobj(wbits=-15), 0
    with open(path, "rb") as file:
        file.seek(START + int(meta.FileMetaInformationGroupLength))
        while chunk := inflating.unconsumed_tail or file.read(SMALL):
            seen += len(inflating.decompress(chunk, 1 << 20))
            if seen > MOST_INFLATED:
                raise UnreadableImage(
                    f"{path.name!r} inflates to more than {MOST_INFLATED >> 20} MiB. Export it again."
                )


def _refuse_unfit(path: Path, found: Dataset) -> None:
    name, rows, columns = path.name, int(found.get("Rows") or 0), int(found.get("Columns") or 0)
    if not rows or not columns:
        raise UnreadableImage(f"{name!r} holds no picture: it is {class_name(found)}. Give an image of the eye.")
    if rows * columns > images.MAX_PIXELS:
        raise UnreadableImage(f"{name!r} has more than {images.MAX_PIXELS // 10**6} megapixels. Save it smaller.")
    if min(rows, columns) < images.MIN_SIDE:
        raise UnreadableImage(f"{name!r} is {columns} x {rows} pixels; each side must have at least {images.MIN_SIDE}.")
    if not 1 <= frames(found) <= MOST_FRAMES:
        raise UnreadableImage(f"{name!r} says it holds {frames(found)} frames; from 1 to {MOST_FRAMES} are read.")
    if not 1 <= int(found.get("BitsStored") or 0) <= MOST_BITS:
        raise UnreadableImage(
            f"{name!r} says that {found.get('BitsStored') or 'no'} bits are stored a sample; "
            f"from 1 to {MOST_BITS} are read."
        )
