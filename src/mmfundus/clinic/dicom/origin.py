"""The image that findings are of, as what is written about it needs it: patient, study, and ids that come again."""

import hashlib
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydicom import Dataset
from pydicom.uid import UID, generate_uid

from mmfundus import NOTICE, __version__
from mmfundus.data.dicom import files
from mmfundus.errors import UnreadableImage
from mmfundus.types import Reading

MAKER = "mmfundus"
SERIES = {"report": 9101, "capture": 9102}  # numbers far from a device's own
TYPE2 = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime",
    "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
NEEDED = (
    *TYPE2, "IssuerOfPatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID",
    "InstanceNumber", "NumberOfFrames", "Modality", "SpecificCharacterSet", "Rows", "Columns", "ImageLaterality",
    "Laterality",
)  # fmt: skip
UTF8 = "ISO_IR 192"
DAY = re.compile(r"\d{8}")
TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?")

for _library in ("pydicom", "highdicom"):
    logging.getLogger(_library).setLevel(logging.CRITICAL + 1)  # what they log may quote a file


@dataclass(frozen=True, slots=True)
class By:
    """Who read: the model's name and the digest of its weights, as a report states them."""

    name: str
    digest: str = ""


def reader_of(name: str, folder: Path) -> By:
    """A model as a report names it; the digest is that of model.json, which holds those of all its parts."""
    described = folder / "model.json"
    if not described.is_file():
        return By(name)
    return By(name, f"sha256 {hashlib.sha256(described.read_bytes()).hexdigest()[:16]}")


def read(path: Path) -> Dataset:
    """Patient, study and reference of an image, as the worker read them. Raises UnreadableImage."""
    told = files.excerpt(path, NEEDED)
    with quiet():
        found = Dataset.from_json(told)
        for name in ("StudyInstanceUID", "SOPInstanceUID"):
            if not UID(str(found.get(name) or "")).is_valid or not found.get(name):
                raise UnreadableImage(f"{path.name!r} has no valid {name}, so nothing can be added to its study.")
        for name in TYPE2:  # there, but it may be empty, and is where its value breaks the standard
            setattr(found, name, _sound(name, str(found.get(name) or "")))
    found.SpecificCharacterSet = UTF8  # JSON is
    found.InstanceNumber = _whole(found.get("InstanceNumber"))
    return found


def _sound(name: str, value: str) -> str:
    """A value as it may stand in what is written: itself, or empty where it breaks its own kind (PS3.5 6.2)."""
    match name:
        case "PatientBirthDate" | "StudyDate":
            fits = DAY.fullmatch(value) is not None and _in_calendar(value)
        case "StudyTime":
            fits = TIME.fullmatch(value) is not None
        case "StudyID" | "AccessionNumber":
            fits = len(value) <= 16
        case "PatientSex":
            fits = value in ("M", "F", "O")
        case _:
            fits = True
    return value if fits else ""


def _in_calendar(day: str) -> bool:
    try:
        datetime.strptime(day, "%Y%m%d")
    except ValueError:
        return False
    return True


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 1


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pydicom from warning of odd values: its warnings quote them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def uid(kind: str, origin: Dataset, by: By, *more: str) -> str:
    """A UID that the same image, model, version and kind always get: written twice, it is one instance and not two."""
    return str(
        generate_uid(entropy_srcs=[MAKER, __version__, kind, str(origin.SOPInstanceUID), by.name, by.digest, *more])
    )


def asked(reading: Reading) -> list[str]:
    """What makes two reports of an image by one model differ: the labels, and the modality it was read as."""
    return [reading.row.modality, *sorted(finding.label for finding in reading.findings)]


def series(kind: str, origin: Dataset, by: By) -> str:
    """The new series of the study: one for all reports of a model, one for all its captures."""
    return str(generate_uid(entropy_srcs=[MAKER, kind, str(origin.StudyInstanceUID), by.name, by.digest]))


def placed(kind: str, image: Dataset, reading: Reading, by: By, what: str) -> dict[str, Any]:
    """Series, instance and maker of what is written about an image, as highdicom's documents all take them."""
    return {
        "series_instance_uid": series(kind, image, by),
        "series_number": SERIES[kind],
        "sop_instance_uid": uid(kind, image, by, *asked(reading)),
        "instance_number": int(image.InstanceNumber),
        "series_description": description(what),
        **equipment(),
    }


def equipment() -> dict[str, Any]:
    """What made it, as the equipment module says."""
    return {"manufacturer": MAKER, "manufacturer_model_name": MAKER, "software_versions": __version__,
            "device_serial_number": __version__}  # fmt: skip


def description(what: str) -> str:
    """A series' description, with the notice: it is what a viewer lists."""
    return f"{what}: {NOTICE.rstrip('.')}"[:64]
