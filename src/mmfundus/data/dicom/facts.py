"""What a header says of an image: which eye, which device, when, and whose it is as a pseudonym."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydicom import Dataset

from mmfundus.data.dicom import codes, header, modality
from mmfundus.data.dicom.pseudonyms import pseudonym

SIDES = {"R": "R", "L": "L"}  # B (both) and U (unpaired) say nothing of one eye: PS3.3 C.8.17.1
CODED = {"SCT:24028007": "R", "SCT:7771000": "L"}  # CID 244
OURS = "mmfundus"  # what our own pictures say made them


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one DICOM file; no id in it is the hospital's."""

    modality: str  # "other" where it is none of ours, "" where the file does not say
    why: str  # what the modality was told by, or why it was not
    eye: str  # "R", "L" or "": not stated, or stated both ways
    eye_note: str  # "" unless the file contradicts itself
    frames: int
    width: int
    height: int
    device: str
    acquired: str  # ISO 8601, as precise as the file has it; "" where it does not say
    patient: str  # pseudonyms; "" where the file has no id
    study: str
    instance: str
    kind: str  # what the standard calls its storage class
    burned_in: bool  # the file itself says that words may be burned into the picture
    ours: bool  # a picture that this software made of another


def read(path: Path, secret: bytes) -> Facts:
    """Facts of a file. Raises UnreadableImage."""
    found = header.read(path)
    kind, why = modality.of(found)
    eye, note = _eye(found)
    issuer = str(found.get("IssuerOfPatientID", ""))
    patient = str(found.get("PatientID", ""))
    return Facts(
        modality=kind,
        why=why,
        eye=eye,
        eye_note=note,
        frames=header.frames(found),
        width=int(found.Columns),
        height=int(found.Rows),
        device=_device(found),
        acquired=_acquired(found),
        patient=pseudonym(secret, issuer, patient) if patient.strip() else "",
        study=pseudonym(secret, str(found.get("StudyInstanceUID", ""))),
        instance=pseudonym(secret, str(found.get("SOPInstanceUID", ""))),
        kind=header.class_name(found),
        burned_in=str(found.get("BurnedInAnnotation", "")).upper() == "YES",
        ours=OURS in str(found.get("ManufacturerModelName", "")) and "DERIVED" in _texts(found, "ImageType"),
    )


def _eye(found: Dataset) -> tuple[str, str]:
    """The eye, if all that the file says of it agrees."""
    said = {side for side in _sides(found) if side}
    if len(said) > 1:
        return "", "it is stated as a right and as a left eye"
    return next(iter(said), ""), ""


def _sides(found: Dataset) -> Iterator[str]:
    for attribute in ("ImageLaterality", "Laterality"):
        yield SIDES.get(str(found.get(attribute, "")).strip().upper(), "")
    for group in groups(found):
        for anatomy in group.get("FrameAnatomySequence") or ():
            yield SIDES.get(str(anatomy.get("FrameLaterality", "")).strip().upper(), "")
    for region in found.get("AnatomicRegionSequence") or ():
        for code in codes.values(region, "AnatomicRegionModifierSequence"):
            yield CODED.get(code, "")


def groups(found: Dataset) -> Iterable[Dataset]:
    """Functional groups: the shared ones, then those of each frame."""
    yield from found.get("SharedFunctionalGroupsSequence") or ()
    yield from found.get("PerFrameFunctionalGroupsSequence") or ()


def _device(found: Dataset) -> str:
    parts = (str(found.get(name, "")).strip() for name in ("Manufacturer", "ManufacturerModelName"))
    return " ".join(part for part in parts if part)[:64]


def _acquired(found: Dataset) -> str:
    if moment := _iso(str(found.get("AcquisitionDateTime", ""))):
        return moment
    for group in groups(found):
        for content in group.get("FrameContentSequence") or ():
            if moment := _iso(str(content.get("FrameAcquisitionDateTime", ""))):
                return moment
    for what in ("Acquisition", "Content", "Study"):
        if moment := _iso(f"{found.get(f'{what}Date', '')}{found.get(f'{what}Time', '') or ''}"):
            return moment
    return ""


def _iso(text: str) -> str:
    """A DICOM moment (PS3.5 6.2: YYYYMMDDHHMMSS and a fraction) as ISO 8601, without fraction and zone."""
    parts = re.match(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?", text.strip())
    if not parts:
        return ""
    day = "-".join(parts.group(1, 2, 3))
    moment = f"{day}T{parts[4]}:{parts[5]}:{parts[6] or '00'}" if parts[4] else day
    try:
        datetime.fromisoformat(moment)
    except ValueError:  # the thirteenth month
        return ""
    return moment


def _texts(found: Dataset, attribute: str) -> tuple[str, ...]:
    value = found.get(attribute) or ()
    return (value,) if isinstance(value, str) else tuple(map(str, value))
