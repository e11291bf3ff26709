"""The image that findings are of, as what is written about it needs it: patient, study, and ids that come again."""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.uid import generate_uid

from mmfundus import NOTICE, __version__
from mmfundus.data.dicom import files

MAKER = "mmfundus"
SERIES = {"report": 9101, "capture": 9102}  # numbers far from a device's own
NEEDED = (
    "PatientID PatientName PatientBirthDate PatientSex IssuerOfPatientID StudyInstanceUID StudyID StudyDate StudyTime "
    "AccessionNumber ReferringPhysicianName SeriesInstanceUID SOPClassUID SOPInstanceUID InstanceNumber "
    "NumberOfFrames Modality SpecificCharacterSet Rows Columns ImageLaterality Laterality"
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who read: the model's name and the digest of its weights, as a report states them."""

    name: str
    digest: str = ""


def reader_of(name: str, folder: Path) -> Reader:
    """A model as a report names it; the digest is that of model.json, which holds those of all its parts."""
    described = folder / "model.json"
    if not described.is_file():
        return Reader(name)
    return Reader(name, f"sha256 {hashlib.sha256(described.read_bytes()).hexdigest()[:16]}")


def read(path: Path) -> Dataset:
    """Patient, study and reference of an image; checked by the worker before it is parsed here.

    Raises UnreadableImage.
    """
    files.facts(path)
    with quiet():
        found = dcmread(path, stop_before_pixels=True, specific_tags=NEEDED.split())
    for name in NEEDED.split()[:11]:  # type 2: there, but it may be empty
        if name not in found:
            setattr(found, name, "")
    return found


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pydicom from warning of odd values: its warnings quote them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def uid(kind: str, origin: Dataset, by: Reader, *more: str) -> str:
    """A UID that the same image, model and kind always get: written twice, it is one instance and not two."""
    return str(generate_uid(entropy_srcs=[MAKER, kind, str(origin.SOPInstanceUID), by.name, by.digest, *more]))


def series(kind: str, origin: Dataset, by: Reader) -> str:
    """The new series of the study: one for all reports of a model, one for all its captures."""
    return str(generate_uid(entropy_srcs=[MAKER, kind, str(origin.StudyInstanceUID), by.name, by.digest]))


def equipment() -> dict[str, Any]:
    """What made it, as the equipment module says."""
    return {"manufacturer": MAKER, "manufacturer_model_name": MAKER, "software_versions": __version__,
            "device_serial_number": __version__}  # fmt: skip


def description(what: str) -> str:
    """A series' description, with the notice: it is what a viewer lists."""
    return f"{what}: {NOTICE.rstrip('.')}"[:64]
