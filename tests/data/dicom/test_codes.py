import pytest

pydicom = pytest.importorskip("pydicom", reason="needs the optional install [dicom]")

from mmfundus.data.dicom import codes  # noqa: E402


def test_codes_of_old_and_new_snomed_are_the_same(dicoms):
    new = pydicom.Dataset()
    new.AcquisitionDeviceTypeCodeSequence = [dicoms.code("409898007", "SCT", "Fundus Camera")]
    old = pydicom.Dataset()
    old.AcquisitionDeviceTypeCodeSequence = [dicoms.code("R-1021A", "SRT", "Fundus Camera")]
    found = [list(codes.values(one, "AcquisitionDeviceTypeCodeSequence")) for one in (new, old)]
    assert found == [["SCT:409898007"]] * 2


def test_nothing_is_no_code(dicoms):
    empty = pydicom.Dataset()
    empty.AnatomicRegionSequence = [pydicom.Dataset()]
    assert codes.first(empty, "AnatomicRegionSequence", "IlluminationTypeCodeSequence") == set()
