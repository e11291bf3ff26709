"""Findings of one image as a picture that any viewer shows: secondary capture, under a banner that says what it is not.

No name, id or date is drawn: a viewer shows those from the header.
"""

from collections.abc import Sequence

import numpy as np
from highdicom.sc import SCImage
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from mmfundus import NOTICE
from mmfundus.clinic.dicom import origin
from mmfundus.clinic.dicom.origin import By
from mmfundus.types import Reading

SIDE = 512  # pixels of each picture
BANNER = 40  # pixels, above and below
LINE = 22
SHOWN = 5  # findings
EYES = {"R": "right eye", "L": "left eye", "": "eye not stated"}
BLACK, YELLOW, WHITE, GREY = (0, 0, 0), (255, 210, 0), (255, 255, 255), (170, 170, 170)


def capture(image: Dataset, reading: Reading, by: By, overlay: UInt8[np.ndarray, "s s 3"] | None = None) -> SCImage:
    """The secondary capture of a reading: the picture as the model saw it, its map where there is one, findings."""
    drawn = SCImage.from_ref_dataset(
        ref_dataset=image,
        pixel_array=page(reading, by, overlay),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        laterality=reading.row.eye or None,
        patient_orientation=("L", "F"),  # asked for, and taken back below: a drawn page has none
        transfer_syntax_uid=ExplicitVRLittleEndian,
        **origin.placed("capture", image, reading, by, "Findings, drawn"),
    )
    drawn.PatientOrientation = []
    if not reading.row.eye:
        drawn.Laterality = ""  # type 2C: a paired organ, and nobody said which
    drawn.ImageType = ["DERIVED", "SECONDARY"]
    drawn.DerivationDescription = f"Drawn from the referenced image with the findings of {by.name}. {NOTICE}"
    drawn.BurnedInAnnotation = "YES"  # words are burned in: none of them names a person
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    drawn.SourceImageSequence = [source]
    return drawn


def page(reading: Reading, by: By, overlay: UInt8[np.ndarray, "s s 3"] | None = None) -> UInt8[np.ndarray, "h w 3"]:
    """What is drawn: banner, picture, map, findings, banner."""
    assert reading.pixels is not None, "a refused image has no picture to draw"
    pictures = [_sized(picture) for picture in (reading.pixels, overlay) if picture is not None]
    lines = list(_lines(reading, by, overlay is not None))
    width, below = SIDE * 2, BANNER + SIDE
    sheet = Image.new("RGB", (width, below + LINE * len(lines) + 2 * LINE + BANNER), BLACK)
    pen = ImageDraw.Draw(sheet)
    for place, picture in enumerate(pictures):
        sheet.paste(picture, (place * SIDE, BANNER))
    for top in (0, sheet.height - BANNER):
        pen.rectangle((0, top, width, top + BANNER - 1), fill=YELLOW)
        pen.text((12, top + 10), NOTICE.upper(), BLACK, ImageFont.load_default(18))
    for number, line in enumerate(lines):
        font = ImageFont.load_default(16)
        pen.text((12, below + LINE // 2 + number * LINE), line, WHITE if number else GREY, font)
    return np.array(sheet)


def _lines(reading: Reading, by: By, mapped: bool) -> Sequence[str]:
    row = reading.row
    first = f"{row.modality}, {EYES[row.eye]}, read by {by.name}. Not a diagnosis; probabilities from 0 to 1."
    found = [
        f"{finding.probability:.3f}   {finding.label.replace('_', ' ')}"
        + ("" if finding.calibrated else "   (relative to the labels asked, not calibrated)")
        for finding in reading.findings[:SHOWN]
    ]
    more = [f"and {len(reading.findings) - SHOWN} less likely"] if len(reading.findings) > SHOWN else []
    if mapped:
        more.append(
            f"right: what moved the score of {reading.findings[0].label.replace('_', ' ')}, orange for, blue against"
        )
    if "rule" in row.extra:
        more.append(f"shown: B-scan {row.extra['shown']} of {row.extra['frames']}; of the volume: {row.extra['rule']}")
    return [first, *found, *more]


def _sized(picture: UInt8[np.ndarray, "s s 3"]) -> Image.Image:
    return Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
