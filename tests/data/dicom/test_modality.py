"""Storage class and codes to cfp, uwf, oct, fa, slo, none of them, or not told."""

import pytest

pytest.importorskip("pydicom", reason="needs the optional install [dicom]")

from mmfundus.data.dicom import modality


def coded(dicoms, **sequences):
    return {name: [dicoms.code(*one) for one in items] for name, items in sequences.items()}


LASER = {"AcquisitionDeviceTypeCodeSequence": [("392001008", "SCT", "Scanning Laser Ophthalmoscope")]}
OLD_LASER = {"AcquisitionDeviceTypeCodeSequence": [("A-00E8B", "SRT", "Scanning Laser Ophthalmoscope")]}
SLIT_LAMP = {"AcquisitionDeviceTypeCodeSequence": [("397247004", "SCT", "Slit Lamp Biomicroscope")]}
FLUORESCEIN = {"ContrastBolusAgentSequence": [("350086004", "SCT", "Fluorescein")]}
GREEN = {"ContrastBolusAgentSequence": [("7292004", "SCT", "Indocyanine green")]}
INFRARED = {"IlluminationTypeCodeSequence": [("414497003", "SCT", "Infrared")]}
CASES = [
    ("OP8", "RGB", {}, {}, "cfp", "in colour and without a dye"),
    ("OP16", "YBR_FULL_422", {}, {}, "cfp", "ophthalmic photography"),
    ("OP8", "PALETTE COLOR", {}, {}, "cfp", ""),
    ("OP8", "RGB", {}, {"HorizontalFieldOfView": 200.0}, "uwf", "wider than 100 degrees"),
    ("OP8", "RGB", {}, {"HorizontalFieldOfView": 45.0}, "cfp", ""),
    ("WIDE", "RGB", {}, {}, "uwf", "wide field photography"),
    ("WIDE", "MONOCHROME2", FLUORESCEIN, {}, "fa", "fluorescein"),
    ("OP8", "MONOCHROME2", FLUORESCEIN, {}, "fa", "fluorescein is its contrast agent"),
    ("OP8", "MONOCHROME2", LASER | FLUORESCEIN, {}, "fa", ""),
    ("OP8", "MONOCHROME2", GREEN, {}, "other", "indocyanine green"),
    ("OP8", "MONOCHROME2", {}, {"ContrastBolusAgent": "Fluorescite"}, "", "not coded as fluorescein"),
    ("OP8", "MONOCHROME2", LASER, {}, "slo", "laser"),
    ("OP8", "MONOCHROME1", OLD_LASER, {}, "slo", "laser"),
    ("OP8", "MONOCHROME2", INFRARED, {}, "slo", ""),
    ("OP8", "MONOCHROME2", {}, {}, "", "neither dye nor laser"),
    ("OP8", "RGB", SLIT_LAMP, {}, "other", "a slit lamp"),
    ("OPT", "MONOCHROME2", {}, {}, "oct", "ophthalmic tomography"),
    ("EN_FACE", "MONOCHROME2", {}, {}, "other", "en-face"),
    ("SECONDARY", "RGB", {}, {}, "", "Secondary Capture Image Storage does not say"),
]


@pytest.mark.parametrize(("kind", "photometric", "sequences", "more", "want", "why"), CASES)
def test_class_and_codes_decide(dicoms, kind, photometric, sequences, more, want, why):
    header = dicoms.made(
        getattr(dicoms, kind), PhotometricInterpretation=photometric, **coded(dicoms, **sequences), **more
    )
    assert modality.of(header)[0] == want
    assert why in modality.of(header)[1]


def test_words_decide_nothing(dicoms):
    header = dicoms.made(dicoms.SECONDARY, SeriesDescription="OCT macula", PhotometricInterpretation="MONOCHROME2")
    assert modality.of(header)[0] == ""
