"""The report says the findings, of which image and eye, by codes; a validator finds no error in it."""

import shutil
import subprocess
from dataclasses import replace

import pytest

from mmfundus import NOTICE
from mmfundus.clinic.dicom import origin, structured


@pytest.fixture
def report(photo, said, by):
    return structured.report(origin.read(photo), said(photo), by)


def items(report):
    def walk(found):
        for item in found.get("ContentSequence", ()):
            yield item
            yield from walk(item)

    return list(walk(report))


def test_findings_can_be_read_back(report):
    found = items(report)
    values = [i.MeasuredValueSequence[0] for i in found if i.ValueType == "NUM"]
    numbers = [(float(one.NumericValue), one.MeasurementUnitsCodeSequence[0].CodeValue) for one in values]
    assert numbers == [(0.81, "{0:1}"), (0.1, "{0:1}"), (0.05, "{0:1}"), (0.04, "{0:1}")]
    kinds = [
        i.ConceptCodeSequence[0]
        for i in found
        if i.ValueType == "CODE" and i.ConceptNameCodeSequence[0].CodeMeaning == "Finding"
    ]
    assert [kind.CodeMeaning for kind in kinds][:2] == ["diabetic retinopathy", "choroidal neovascularisation"]
    assert kinds[1].LongCodeValue == "choroidal_neovascularization"
    sites = [i.ContentSequence[0].ConceptCodeSequence[0].CodeMeaning for i in found
             if i.ValueType == "CODE" and i.ConceptNameCodeSequence[0].CodeMeaning == "Finding Site"]  # fmt: skip
    assert sites == ["Right"] * 4
    said = [i.TextValue for i in found if i.ValueType == "TEXT"]
    assert said.count(NOTICE) == 4
    assert said.count("probability relative to the labels asked, not calibrated") == 4


def test_it_is_a_new_series_of_the_same_study_and_refers_to_the_image(report, photo, dicoms):
    image = origin.read(photo)
    assert report.StudyInstanceUID == image.StudyInstanceUID and report.SeriesInstanceUID != image.SeriesInstanceUID
    assert (report.PatientID, report.PatientName) == (dicoms.ID, dicoms.NAME)  # it is about this patient
    assert (report.SOPClassUID, report.Modality) == ("1.2.840.10008.5.1.4.1.1.88.33", "SR")
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert evidence.ReferencedSOPInstanceUID == image.SOPInstanceUID
    assert (report.CompletionFlag, report.VerificationFlag) == ("COMPLETE", "UNVERIFIED")
    assert NOTICE.rstrip(".") in report.SeriesDescription


def test_no_eye_is_no_laterality_and_a_volume_states_its_rule(photo, said, by):
    extra = {"rule": "mean of some", "frames": "49"}
    reading = said(photo, eye="", extra=extra)
    found = items(structured.report(origin.read(photo), reading, by))
    assert not [i for i in found if i.get("ConceptNameCodeSequence", [{}])[0].get("CodeMeaning") == "Laterality"]
    assert "volume: mean of some, 49 frames" in [i.TextValue for i in found if i.ValueType == "TEXT"]


def test_calibrated_probabilities_are_called_so(photo, said, by):
    reading = said(photo)
    reading = replace(reading, findings=tuple(replace(one, calibrated=True) for one in reading.findings))
    found = items(structured.report(origin.read(photo), reading, by))
    assert "probability calibrated" in [i.TextValue for i in found if i.ValueType == "TEXT"]


def test_a_validator_finds_no_error(report, tmp_path, validated):
    report.save_as(tmp_path / "sr.dcm", enforce_file_format=True)
    errors, warnings = validated(tmp_path / "sr.dcm")
    assert errors == []
    assert [line for line in warnings if "Unrecognized defined term = <99MMFUNDUS>" not in line] == []


def test_another_house_reads_it(report, tmp_path):
    if not shutil.which("dsrdump"):
        pytest.skip("needs dsrdump (Debian: dcmtk)")
    report.save_as(tmp_path / "sr.dcm", enforce_file_format=True)
    done = subprocess.run(["dsrdump", str(tmp_path / "sr.dcm")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "E:" not in done.stderr
    assert '"Probability")="0.81" ({0:1},UCUM,"range: 0:1")' in done.stdout
    assert '"Finding")=(H36.0,I10,"diabetic retinopathy")' in done.stdout
