"""Eye, device, moment and pseudonyms; and not a word of whose image it is."""

import dataclasses

import pytest

pydicom = pytest.importorskip("pydicom", reason="needs the optional install [dicom]")

from mmfundus.data.dicom import facts, files  # noqa: E402

KEY = b"k" * 32


@pytest.fixture
def read(dicoms, tmp_path):
    def run(change=None, **more):
        found = dicoms.with_pixels(dicoms.made(**more), dicoms.picture())
        if change:
            change(found)
        return facts.read(dicoms.saved(found, tmp_path / "a.dcm"), KEY)

    return run


def test_what_a_file_says(read):
    found = read()
    assert (found.modality, found.eye, found.frames, found.width, found.height) == ("cfp", "R", 1, 56, 40)
    assert (found.device, found.acquired) == ("Maker Camera 3", "2024-02-29T10:15:30")
    assert found.kind == "Ophthalmic Photography 8 Bit Image Storage"
    assert (found.burned_in, found.ours) == (False, False)


def test_no_canary_is_in_what_comes_out(read, dicoms):
    told = str(dataclasses.asdict(read()))
    assert [word for word in dicoms.CANARIES if word.lower() in told.lower()] == []


def test_patients_group_and_studies_too(read):
    first, second = read(), read()
    assert first.patient == second.patient and first.study == second.study and first.instance != second.instance
    assert read(patient="CANARY-9").patient != first.patient
    assert read(IssuerOfPatientID="other clinic").patient != first.patient
    assert read(patient="").patient == ""


def test_the_eye_where_frames_say_it(read):
    def frame_laterality(side):
        def change(found):
            anatomy, shared = pydicom.Dataset(), pydicom.Dataset()
            anatomy.FrameLaterality = side
            shared.FrameAnatomySequence = [anatomy]
            found.SharedFunctionalGroupsSequence = [shared]

        return change

    assert read(frame_laterality("L"), eye="").eye == "L"
    assert read(frame_laterality("B"), eye="").eye == ""
    both = read(frame_laterality("L"), eye="R")
    assert (both.eye, both.eye_note) == ("", "it is stated as a right and as a left eye")


@pytest.mark.parametrize(("code", "eye"), [(("7771000", "SCT", "Left"), "L"), (("G-A100", "SRT", "Right"), "R")])
def test_the_eye_where_a_code_says_it(read, dicoms, code, eye):
    region = dicoms.code("81745001", "SCT", "Eye")
    region.AnatomicRegionModifierSequence = [dicoms.code(*code)]
    assert read(eye="", AnatomicRegionSequence=[region]).eye == eye


@pytest.mark.parametrize(("stated", "eye"), [("L", "L"), ("B", ""), ("U", ""), ("", "")])
def test_the_series_laterality_counts_too(read, stated, eye):
    assert read(eye="", Laterality=stated).eye == eye


@pytest.mark.parametrize(
    ("moments", "want"),
    [
        ({"AcquisitionDateTime": "20200103"}, "2020-01-03"),
        ({"AcquisitionDateTime": "", "AcquisitionDate": "20200103", "AcquisitionTime": "0102"}, "2020-01-03T01:02:00"),
        ({"AcquisitionDateTime": None}, "2024-02-29T10:15:30"),
        ({"AcquisitionDateTime": "20241399"}, "2024-02-29T10:15:30"),
        ({"AcquisitionDateTime": "", "ContentDate": "", "ContentTime": "", "StudyTime": ""}, "2024-02-29"),
        ({"AcquisitionDateTime": "", "ContentDate": "", "StudyDate": ""}, ""),
    ],
)
def test_when(read, moments, want):
    assert read(**moments).acquired == want


def test_a_picture_of_ours_is_known(read):
    assert read(ManufacturerModelName="mmfundus", ImageType=["DERIVED", "SECONDARY"]).ours
    assert not read(ManufacturerModelName="mmfundus").ours


def test_the_worker_says_the_same(dicoms, tmp_path):
    path = dicoms.photograph(tmp_path / "a.dcm", dicoms.picture())
    assert files.facts(path, KEY) == facts.read(path, KEY)
