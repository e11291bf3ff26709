"""Every modality says all that is asked of it, and its limits are limits."""

import dataclasses

import pytest

from mmfundus import plugins
from mmfundus.modalities._limits import Limits

NAMES = plugins.names("mmfundus.modalities")


def test_the_modalities_are_the_files() -> None:
    assert NAMES == ("cfp", "fa", "oct", "slo", "uwf")


@pytest.mark.parametrize("name", NAMES)
def test_each_modality_is_complete(name: str) -> None:
    modality = plugins.load("mmfundus.modalities", name)
    assert isinstance(modality.VERSION, int) and modality.VERSION >= 1
    assert modality.WORDS[0] == modality.TITLE and len(set(modality.WORDS)) == len(modality.WORDS)
    assert modality.DICOM_MODALITY in ("OP", "OPT") and all(
        uid.startswith("1.2.840.10008.5.1.4.") for uid in modality.DICOM_CLASSES
    )
    limits = modality.LIMITS
    assert isinstance(limits, Limits)
    assert all(value >= 0 for value in dataclasses.astuple(limits))
    for fraction in ("scale", "shift", "brightness", "contrast", "gamma", "colour", "speckle", "lids", "extra_light"):
        assert getattr(limits, fraction) <= 0.25
    assert limits.extra_rotation <= 30


def test_grey_modalities_never_gain_colour() -> None:
    for name in ("oct", "fa", "slo"):
        assert plugins.load("mmfundus.modalities", name).LIMITS.colour == 0
