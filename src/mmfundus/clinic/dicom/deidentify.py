"""DICOM images without whose they are: the basic confidentiality profile of PS3.15 annex E, and stricter.

The profile lists what must go. Here it is turned round: what may stay is listed, at every depth, and all else goes,
private attributes, free text, dates and devices' serial numbers too. So an attribute that nobody thought of is
removed. UIDs are replaced by ones that the key alone decides, the same everywhere. Pixels are not looked at: words
burned into them stay, and a file that says it has any is refused unless the caller has looked himself.
"""

import hashlib
import hmac
from pathlib import Path

from pydicom import DataElement, Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID

from mmfundus import tables
from mmfundus.clinic.dicom import origin
from mmfundus.data.dicom import files
from mmfundus.data.dicom.pseudonyms import pseudonym
from mmfundus.errors import UnreadableImage

_KEPT = """
    SpecificCharacterSet ImageType SOPClassUID Modality Manufacturer ManufacturerModelName CodeValue LongCodeValue
    CodingSchemeDesignator CodingSchemeVersion CodeMeaning ImageLaterality Laterality FrameLaterality
    PatientEyeMovementCommanded AnatomicRegionSequence AnatomicRegionModifierSequence
    PrimaryAnatomicStructureSequence FrameAnatomySequence AcquisitionDeviceTypeCodeSequence
    IlluminationTypeCodeSequence LightPathFilterTypeStackCodeSequence ImagePathFilterTypeStackCodeSequence
    LensesCodeSequence DetectorType ContrastBolusAgentSequence HorizontalFieldOfView EmmetropicMagnification
    IntraOcularPressure PupilDilated RefractiveStateSequence AxialLengthOfTheEye DepthSpatialResolution
    MaximumDepthDistortion AlongScanSpatialResolution AcrossScanSpatialResolution MaximumAlongScanDistortion
    MaximumAcrossScanDistortion IlluminationWaveLength IlluminationPower IlluminationBandwidth
    OphthalmicImageTypeCodeSequence
    SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence PixelMeasuresSequence PixelSpacing
    SliceThickness SpacingBetweenSlices ImagerPixelSpacing PlanePositionSequence ImagePositionPatient
    PlaneOrientationSequence ImageOrientationPatient OphthalmicFrameLocationSequence ReferenceCoordinates
    OphthalmicImageOrientation FrameContentSequence StackID InStackPositionNumber DimensionIndexValues
    PixelValueTransformationSequence RescaleType FrameVOILUTSequence SeriesNumber InstanceNumber
    ConcatenationFrameOffsetNumber PatientOrientation SamplesPerPixel PhotometricInterpretation
    PlanarConfiguration NumberOfFrames FrameIncrementPointer Rows Columns PixelAspectRatio BitsAllocated
    BitsStored HighBit PixelRepresentation SmallestImagePixelValue LargestImagePixelValue
    RedPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableDescriptor
    BluePaletteColorLookupTableDescriptor RedPaletteColorLookupTableData GreenPaletteColorLookupTableData
    BluePaletteColorLookupTableData RescaleSlope RescaleIntercept ModalityLUTSequence VOILUTSequence LUTDescriptor
    LUTData WindowCenter WindowWidth VOILUTFunction PresentationLUTShape LossyImageCompression
    LossyImageCompressionRatio LossyImageCompressionMethod BurnedInAnnotation PixelData ExtendedOffsetTable
    ExtendedOffsetTableLengths
"""
KEPT = frozenset(_KEPT.split())
_REPLACED = """
    SOPInstanceUID StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID SynchronizationFrameOfReferenceUID
    DimensionOrganizationUID ConcatenationUID
"""
REPLACED = frozenset(_REPLACED.split())
EMPTIED = (  # type 2 of patient and study modules: there, and empty (action Z)
    "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber",
    "ReferringPhysicianName", "StudyID",
)  # fmt: skip
METHOD = "mmfundus: PS3.15 basic profile, kept by list"


def deidentify(path: Path, out: Path, secret: bytes, looked: bool = False) -> Path:
    """A copy of an image without whose it is, into a folder, named by its new id.

    `looked`: the caller has seen that no words of a person are burned into the picture. Raises UnreadableImage.
    """
    if files.facts(path).burned_in and not looked:
        raise UnreadableImage(
            f"{path.name!r} says that words are burned into its picture, which may name a person. Look at it; if none "
            "does, say so with --burned-in."
        )
    with origin.quiet():
        made = cleaned(dcmread(path), secret)
        target = out / f"{made.SOPInstanceUID}.dcm"
        target.parent.mkdir(parents=True, exist_ok=True)
        with tables.whole(target) as beside:
            made.save_as(beside, enforce_file_format=True)
    return target


def cleaned(found: Dataset, secret: bytes) -> Dataset:
    """What may stay of a data set, with new ids and the profile's own statements."""
    made = _kept(found, secret)
    for name in EMPTIED:
        setattr(made, name, "")
    made.PatientID = pseudonym(secret, str(found.get("IssuerOfPatientID", "")), str(found.get("PatientID", "")))
    made.PatientIdentityRemoved, made.DeidentificationMethod = "YES", METHOD
    made.LongitudinalTemporalInformationModified = "REMOVED"
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "113100", "DCM"
    code.CodeMeaning = "Basic Application Confidentiality Profile"
    made.DeidentificationMethodCodeSequence = [code]
    meta = FileMetaDataset()  # the old one may name the sender
    meta.TransferSyntaxUID = found.file_meta.TransferSyntaxUID
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = made.SOPClassUID, made.SOPInstanceUID
    made.file_meta = meta
    return made


def _kept(found: Dataset, secret: bytes) -> Dataset:
    made = Dataset()
    for element in found:
        if element.tag.is_private:
            continue
        if element.keyword in REPLACED:
            made.add_new(element.tag, element.VR, replaced(str(element.value), secret))
        elif element.keyword in KEPT and element.VR == "SQ":
            made.add_new(element.tag, "SQ", [_kept(item, secret) for item in element.value])
        elif element.keyword in KEPT:
            made.add(
                DataElement(element.tag, element.VR, element.value, is_undefined_length=element.is_undefined_length)
            )
    return made


def replaced(uid: str, secret: bytes) -> UID:
    """The UID that stands for another: under 2.25, where 128 bits may be used by anyone (PS3.5 annex B.2)."""
    digest = hmac.new(secret, b"uid\0" + uid.encode(), hashlib.sha256).digest()
    return UID(f"2.25.{int.from_bytes(digest[:16], 'big')}")
