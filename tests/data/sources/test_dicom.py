"""A folder of DICOM files to a manifest: a row a frame, the same patient the same word, no id and no date."""

import importlib.util
import io
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pydicom", reason="needs the optional install [dicom]")

SPEC = importlib.util.spec_from_file_location("dicom_files", Path(__file__).parents[2] / "dicom_files.py")
MAKER = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(MAKER)


def file(pixels=None, kind=MAKER.OP8, **more) -> bytes:
    found = MAKER.with_pixels(MAKER.made(kind, **more), MAKER.picture() if pixels is None else pixels)
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID
    written = io.BytesIO()
    found.save_as(written, enforce_file_format=True)
    return written.getvalue()


CUBE = np.random.default_rng(0).integers(0, 255, (3, 24, 32)).astype(np.uint8)
LAYOUT = {
    "a/right.dcm": file(eye="R"),
    "a/left.dcm": file(MAKER.picture(seed=4), eye="L", AcquisitionDateTime="20240310"),
    "b/other.dcm": file(MAKER.picture(seed=5), patient="CANARY-2"),
}


def test_rows_say_eye_device_and_day_and_name_nobody(convert):
    got = convert("dicom", LAYOUT)
    right, left, other = (got.rows[name] for name in LAYOUT)
    assert (right.modality, right.eye, left.eye) == ("cfp", "R", "L")
    assert right.patient == left.patient != other.patient
    assert right.study == left.study != other.study
    assert (right.extra["device"], right.extra["day"], left.extra["day"]) == ("Maker Camera 3", "0", "10")
    assert right.split == left.split
    assert not [word for word in MAKER.CANARIES if word in str(got.rows)]
    assert "2024" not in str([(row.extra, row.study) for row in got.rows.values()])


def test_every_frame_of_a_volume_is_a_row(convert):
    got = convert("dicom", LAYOUT | {"oct/IM0001": file(CUBE, MAKER.OPT)})
    frames = [got.rows[f"oct/IM0001#{number}"] for number in (1, 2, 3)]
    assert {row.modality for row in frames} == {"oct"}
    assert len(got.rows) == 6 and got.refused == {}


def test_what_is_no_picture_or_tells_no_modality_is_named(convert):
    files = {
        "report.dcm": file(kind="1.2.840.10008.5.1.4.1.1.88.11")[:900],
        "grey.dcm": file(CUBE[0]),
        "greys": file(CUBE),
        "ours.dcm": file(ManufacturerModelName="mmfundus", ImageType=["DERIVED", "SECONDARY"]),
        "DICOMDIR": file(CUBE[1]),
        "photo.jpg": None,
    }
    got = convert("dicom", LAYOUT | files)
    assert "neither dye nor laser. Give --modality for such files." in got.refused["grey.dcm"]
    assert "made of another" in got.refused["ours.dcm"]
    assert set(got.refused) == {"report.dcm", "grey.dcm", "greys", "ours.dcm", "photo.jpg"}
    assert convert("dicom", {"grey.dcm": files["grey.dcm"]}, modality="slo").rows["grey.dcm"].modality == "slo"


def test_a_key_makes_pseudonyms_that_come_again(convert, tmp_path):
    first, again = (convert("dicom", LAYOUT, key=tmp_path / "m.key").rows for _ in range(2))
    assert {name: row.patient for name, row in first.items()} == {name: row.patient for name, row in again.items()}
    assert convert("dicom", LAYOUT).rows["a/right.dcm"].patient != first["a/right.dcm"].patient


def test_the_verb_writes_a_manifest_that_check_reads(call, lay, tmp_path):
    root = lay(LAYOUT | {"oct/IM0001": file(CUBE, MAKER.OPT)})
    done = call("manifest", "dicom", root, "--out", tmp_path / "m.csv")
    assert done.code == 0 and "Patients are pseudonyms made with" in done.out
    assert (tmp_path / "m.key").is_file()
    checked = call("check", tmp_path / "m.csv")
    assert checked.code == 0 and checked.out.startswith("6 files: 6 ok")
    whole = call("check", root)
    assert "IM0001: Holds 3 frames." in whole.out
    told = (tmp_path / "m.csv").read_text() + done.out + done.err + checked.out + whole.out
    assert not [word for word in MAKER.CANARIES if word in told]
