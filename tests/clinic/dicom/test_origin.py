import hashlib
import json
import warnings

import pytest

from mmfundus.clinic.dicom import origin
from mmfundus.clinic.dicom.origin import By
from mmfundus.errors import UnreadableImage


def test_ids_come_again_and_differ_by_image_model_and_kind(dicoms, photo, tmp_path, by):
    image, again = origin.read(photo), origin.read(photo)
    other = origin.read(dicoms.photograph(tmp_path / "b.dcm", dicoms.picture()))
    assert origin.uid("report", image, by) == origin.uid("report", again, by)
    found = {origin.uid("report", image, by), origin.uid("capture", image, by), origin.uid("report", other, by)}
    found |= {origin.uid("report", image, By("tiny", "another digest")), origin.uid("report", image, by, "x")}
    assert len(found) == 5
    assert all(len(uid) <= 64 for uid in found)
    assert origin.series("report", image, by) == origin.series("report", other, by)  # one study, one new series
    assert origin.series("report", image, by) != image.SeriesInstanceUID


def test_what_is_missing_is_there_and_empty(dicoms, tmp_path):
    bare = dicoms.with_pixels(dicoms.made(), dicoms.picture())
    del bare.PatientName, bare.AccessionNumber
    found = origin.read(dicoms.saved(bare, tmp_path / "a.dcm"))
    assert (found.PatientName, found.AccessionNumber) == ("", "")
    assert "InstitutionName" not in found


def test_what_the_worker_refuses_is_not_parsed_here(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"x" * 100)
    with pytest.raises(UnreadableImage, match=r"'a\.dcm'"):
        origin.read(tmp_path / "a.dcm")


def test_warnings_that_quote_a_file_are_kept_in():
    with warnings.catch_warnings(record=True) as heard, origin.quiet():
        warnings.warn("Invalid value for VR PN: 'Canary'", stacklevel=1)
    assert heard == []


def test_a_model_is_named_with_the_digest_of_its_parts(tmp_path):
    (tmp_path / "model.json").write_text(json.dumps({"parts": 1}))
    digest = hashlib.sha256((tmp_path / "model.json").read_bytes()).hexdigest()
    assert origin.reader_of("m", tmp_path) == By("m", f"sha256 {digest[:16]}")
    assert origin.reader_of("hub", tmp_path / "none") == By("hub", "")


def test_the_description_fits_and_says_what_it_is_not():
    assert origin.description("Findings") == "Findings: Research software, not a medical device"
    assert len(origin.description("x" * 80)) == 64


@pytest.mark.parametrize(
    ("name", "odd", "written"),
    [
        ("PatientSex", "female", ""), ("PatientSex", "F", "F"), ("StudyDate", "2024", ""),
        ("StudyDate", "20241399", ""),
        ("PatientBirthDate", "1950.03.17", ""), ("StudyTime", "25:00", ""), ("StudyTime", "1011", "1011"),
        ("AccessionNumber", "X" * 40, ""), ("PatientName", "Müller^Jörg", "Müller^Jörg"), ("InstanceNumber", None, 1),
    ],
)  # fmt: skip
def test_a_value_that_breaks_its_kind_is_empty_and_all_others_stay(dicoms, tmp_path, name, odd, written):
    with origin.quiet():
        path = dicoms.photograph(tmp_path / "a.dcm", dicoms.picture(), SpecificCharacterSet="ISO_IR 100", **{name: odd})
    found = origin.read(path)
    assert found[name].value == written
    assert (found.SpecificCharacterSet, str(found.PatientID)) == ("ISO_IR 192", dicoms.ID)


@pytest.mark.parametrize("name", ["StudyInstanceUID", "SOPInstanceUID"])
def test_without_a_study_or_an_instance_nothing_can_be_added(dicoms, tmp_path, name):
    found = dicoms.with_pixels(dicoms.made(), dicoms.picture())
    setattr(found, name, "1.2.3.x")
    with origin.quiet(), pytest.raises(UnreadableImage, match=f"'a.dcm' has no valid {name}"):
        origin.read(dicoms.saved(found, tmp_path / "a.dcm"))
