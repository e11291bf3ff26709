"""Which of our modalities a DICOM image is, by its storage class and codes; never by words, which are free text.

One storage class holds colour photographs, angiograms and laser images alike, so within it the dye, the device and the
light decide (PS3.3 C.8.17.2; PS3.16 CID 4200, 4202, 4204, 4206). Where they are not stated, a colour picture of
ophthalmic photography is a colour photograph, and of a grey one nothing is said: the model, or the user, has to.
"""

from pydicom import Dataset

from mmfundus import plugins
from mmfundus.data.dicom import codes, header

PLUGINS = "mmfundus.modalities"
FLUORESCEIN = "SCT:350086004"  # CID 4200
INDOCYANINE = "SCT:7292004"
LASER = {"SCT:392001008", "SCT:392004000"}  # scanning laser ophthalmoscope, confocal: CID 4202, 4210
NO_FUNDUS = {  # CID 4202: devices for the front of the eye
    "SCT:409903006": "an external camera",
    "SCT:397247004": "a slit lamp",
    "SCT:409899004": "a specular microscope",
    "SCT:397522002": "a keratoscope",
    "SCT:420827006": "a pupillograph",
}
ONE_COLOUR = {"SCT:414497003", "SCT:445169002"}  # infrared light or filter: CID 4206, 4204
WIDE = 100.0  # degrees; wide field ends here (Choudhry et al., International Widefield Imaging Study Group, 2019)
EN_FACE = "1.2.840.10008.5.1.4.1.1.77.1.5.7"
OTHER = "other"  # known to be none of our modalities
GREY = ("MONOCHROME1", "MONOCHROME2")


def of(found: Dataset) -> tuple[str, str]:
    """The modality, "other" where it is none of ours, "" where it is not told; and why."""
    uid = str(found.get("SOPClassUID", ""))
    if uid == EN_FACE:
        return OTHER, "an en-face OCT image is none of the modalities"
    among = _by_class(uid)
    if among == {"oct"}:
        return "oct", "its class is ophthalmic tomography"
    if "uwf" in among:
        return _photograph(found, "uwf", "its class is wide field photography")
    if "cfp" in among:
        return _photograph(found, "cfp", "its class is ophthalmic photography")
    return "", f"{header.class_name(found)} does not say what kind of eye image it holds"


def _by_class(uid: str) -> set[str]:
    """The modalities whose files name the storage class."""
    return {name for name in plugins.names(PLUGINS) if uid in plugins.load(PLUGINS, name).DICOM_CLASSES}


def _photograph(found: Dataset, colour: str, why: str) -> tuple[str, str]:
    agents = codes.first(found, "ContrastBolusAgentSequence")
    devices = codes.first(found, "AcquisitionDeviceTypeCodeSequence")
    light = codes.first(
        found, "IlluminationTypeCodeSequence", "LightPathFilterTypeStackCodeSequence",
        "ImagePathFilterTypeStackCodeSequence",
    )  # fmt: skip
    if front := next((what for code, what in NO_FUNDUS.items() if code in devices), ""):
        return OTHER, f"it was taken with {front}, which does not show the fundus"
    if INDOCYANINE in agents and FLUORESCEIN not in agents:
        return OTHER, "it is an angiogram with indocyanine green, which is none of the modalities"
    if FLUORESCEIN in agents:
        return "fa", "fluorescein is its contrast agent"
    if agents or str(found.get("ContrastBolusAgent", "")).strip():
        return "", "it has a contrast agent that is not coded as fluorescein"
    if str(found.get("PhotometricInterpretation", "")) in GREY:
        if devices & LASER or light & ONE_COLOUR:
            return "slo", "it is grey, by laser or infrared light, and without a dye"
        return "", "it is grey and says neither dye nor laser"
    if float(found.get("HorizontalFieldOfView") or 0) > WIDE:
        return "uwf", f"its field is wider than {WIDE:g} degrees"
    return colour, f"{why}, in colour and without a dye"
