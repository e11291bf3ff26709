"""DICOM files made for tests: ophthalmic images of every kind, with names in them that must never come out.

`NAME`, `ID` and the others are canaries: a test that finds one of them in a log, a page or an error has found a leak.
"""

from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

NAME, ID, BIRTH, NUMBER = "Canary^Ottilie", "CANARY-4711", "19500317", "ACC-CANARY-9"
CANARIES = ("Canary", "Ottilie", "4711", "19500317", "ACC-CANARY", "Dr-Leak", "Clinic-Leak", "SECRET-PRIVATE")
OP8, OP16 = "1.2.840.10008.5.1.4.1.1.77.1.5.1", "1.2.840.10008.5.1.4.1.1.77.1.5.2"
OPT, WIDE, EN_FACE = (f"1.2.840.10008.5.1.4.1.1.77.1.5.{n}" for n in (4, 5, 7))
SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
FUNDUS_CAMERA, LASER = ("409898007", "SCT", "Fundus Camera"), ("392001008", "SCT", "Scanning Laser Ophthalmoscope")


def code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def made(kind: str = OP8, patient: str = ID, study: str = "", eye: str = "R", **more) -> Dataset:
    """A header with all the modules that a reader may look for, and the canaries."""
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    found.SpecificCharacterSet = "ISO_IR 192"
    found.SOPClassUID, found.SOPInstanceUID = kind, generate_uid()
    found.PatientName, found.PatientID, found.PatientBirthDate, found.PatientSex = NAME, patient, BIRTH, "F"
    found.StudyInstanceUID, found.SeriesInstanceUID = (
        study or generate_uid(entropy_srcs=["study", patient]),
        generate_uid(),
    )
    found.StudyID, found.SeriesNumber, found.InstanceNumber, found.AccessionNumber = "1", 1, 1, NUMBER
    found.StudyDate, found.StudyTime = "20240229", "101112"
    found.AcquisitionDateTime = "20240229101530.25"
    found.ContentDate, found.ContentTime = "20240229", "101530"
    found.ReferringPhysicianName, found.InstitutionName = "Dr-Leak^X", "Clinic-Leak"
    found.Modality = "OPT" if kind in (OPT, EN_FACE) else "OP"
    found.Manufacturer, found.ManufacturerModelName = "Maker", "Camera 3"
    found.DeviceSerialNumber, found.SoftwareVersions = "SN-CANARY-9", "1"
    found.ImageType = ["ORIGINAL", "PRIMARY"]
    if eye:
        found.ImageLaterality = eye
    found.BurnedInAnnotation = "NO"
    block = found.private_block(0x0099, "MAKER PRIVATE", create=True)
    block.add_new(0x01, "LO", "SECRET-PRIVATE")
    for name, value in more.items():
        setattr(found, name, value)
    return found


def with_pixels(found: Dataset, pixels: np.ndarray, photometric: str = "", stored: int = 0) -> Dataset:
    """Native pixels: (h, w), (h, w, 3), (n, h, w) or (n, h, w, 3) of 8 or 16 bits."""
    colour = pixels.shape[-1] == 3
    frames = pixels.reshape(-1, *pixels.shape[-3 if colour else -2 :])
    found.NumberOfFrames = str(len(frames))
    found.Rows, found.Columns = frames.shape[1:3]
    found.SamplesPerPixel = 3 if colour else 1
    found.PhotometricInterpretation = photometric or ("RGB" if colour else "MONOCHROME2")
    if colour:
        found.PlanarConfiguration = 0
    found.BitsAllocated = 8 * pixels.dtype.itemsize
    found.BitsStored = stored or found.BitsAllocated
    found.HighBit = found.BitsStored - 1
    found.PixelRepresentation = int(pixels.dtype.kind == "i")
    data = np.ascontiguousarray(pixels).tobytes()
    found.PixelData = data + b"\0" * (len(data) % 2)
    found["PixelData"].VR = "OB" if found.BitsAllocated == 8 else "OW"
    return found


def encapsulated(found: Dataset, frames: list[bytes], photometric: str = "") -> Dataset:
    found.PixelData = encapsulate(frames)
    found["PixelData"].VR = "OB"
    found["PixelData"].is_undefined_length = True
    if photometric:
        found.PhotometricInterpretation = photometric
    return found


def saved(found: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> Path:
    found.file_meta.TransferSyntaxUID = UID(syntax)
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID
    found.save_as(path, enforce_file_format=True, little_endian=syntax != "1.2.840.10008.1.2.2",
                  implicit_vr=syntax == "1.2.840.10008.1.2")  # fmt: skip
    return path


def photograph(path: Path, pixels: np.ndarray, **more) -> Path:
    """A colour or grey photograph, uncompressed."""
    return saved(with_pixels(made(**more), pixels), path)


def volume(path: Path, pixels: np.ndarray, stored: int = 0, **more) -> Path:
    """An OCT cube of (n, h, w): ophthalmic tomography, every B-scan a frame."""
    found = with_pixels(made(OPT, **more), pixels, stored=stored)
    anatomy = Dataset()
    anatomy.FrameLaterality = found.get("ImageLaterality", "U")
    shared = Dataset()
    shared.FrameAnatomySequence = [anatomy]
    found.SharedFunctionalGroupsSequence = [shared]
    return saved(found, path)


def picture(height: int = 40, width: int = 56, seed: int = 0) -> np.ndarray:
    """Colour that a lossy codec keeps well: smooth, every channel different, not symmetric."""
    y, x = np.mgrid[:height, :width]
    channels = (120 + 100 * np.sin((x + seed) / 9), 110 + 90 * np.cos(y / 7), 100 + 60 * np.sin((x + 2 * y) / 11))
    return np.stack(channels, axis=-1).round().astype(np.uint8)
