from dataclasses import replace

import pydicom
import pytest

from mmfundus.clinic.dicom import writing
from mmfundus.errors import UnreadableImage


def test_written_twice_is_there_once(photo, said, by, tmp_path):
    out = tmp_path / "out"
    first = writing.write(said(photo), by, out, lambda reading: None)
    again = writing.write(said(photo), by, out, lambda reading: reading.pixels)
    assert first == again and sorted(first) == sorted(out.iterdir())
    assert {path.name.split("-")[0] for path in first} == {"report", "capture"}
    for path in first:
        assert path.stem.endswith(str(pydicom.dcmread(path).SOPInstanceUID))


def test_other_labels_are_another_report_of_the_same_series(photo, said, by, tmp_path):
    """An instance's id stands for what it holds: it may not be used again for something else."""
    full = said(photo)
    fewer = replace(full, findings=full.findings[:2])
    ordered = replace(full, findings=full.findings[::-1])
    made = [[pydicom.dcmread(path) for path in writing.write(one, by, tmp_path / "out", lambda r: None)]
            for one in (full, fewer, ordered)]  # fmt: skip
    ids = [[part.SOPInstanceUID for part in parts] for parts in made]
    assert ids[0] == ids[2] and not set(ids[0]) & set(ids[1])
    assert made[0][0].SeriesInstanceUID == made[1][0].SeriesInstanceUID != made[0][1].SeriesInstanceUID


def test_names_of_files_hold_no_id(photo, said, by, tmp_path, dicoms):
    names = " ".join(path.name for path in writing.write(said(photo), by, tmp_path / "out", lambda reading: None))
    assert not [word for word in (*dicoms.CANARIES, str(pydicom.dcmread(photo).SOPInstanceUID)) if word in names]


def test_half_files_of_a_killed_process_are_cleared_and_no_others(tmp_path):
    names = (".report-1.2.dcm.77.part", ".capture-1.2.dcm.77.part", ".mine.part", "report-1.2.dcm")
    for name in names:
        (tmp_path / name).touch()
    writing.clear(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".mine.part", "report-1.2.dcm"}


def test_a_header_that_no_report_can_refer_to_is_refused_without_its_words(photo, said, by, tmp_path, monkeypatch):
    def quoting(image, reading, by):
        raise ValueError(str(image.PatientName))

    monkeypatch.setattr("mmfundus.clinic.dicom.structured.report", quoting)
    with pytest.raises(UnreadableImage, match=r"'photo\.dcm' has a header .* \(ValueError\)\.$"):
        writing.write(said(photo), by, tmp_path / "out", lambda reading: None)
    assert not (tmp_path / "out").exists()


def test_the_verb_reports_on_images_and_volumes_and_names_nobody(
    call, dicoms, photo, tmp_path, tiny_model_folder, validated
):
    import numpy as np

    cube = dicoms.volume(tmp_path / "cube.dcm", np.random.default_rng(0).integers(0, 200, (3, 40, 48)).astype(np.uint8))
    out = tmp_path / "out"
    done = call(
        "report",
        photo,
        cube,
        tmp_path / "gone.dcm",
        "--model",
        tiny_model_folder,
        "--labels",
        "drusen,normal",
        "--out",
        out,
    )
    assert done.code == 1
    assert "refused: 'gone.dcm' is not there, or is no file." in done.err
    assert len(list(out.glob("report-*.dcm"))) == len(list(out.glob("capture-*.dcm"))) == 2
    assert not [word for word in dicoms.CANARIES if word in done.out + done.err]
    assert all(validated(path)[0] == [] for path in out.iterdir())
    texts = b" ".join(path.read_bytes() for path in out.glob("report-*.dcm"))
    assert (
        b"volume: mean of the tenth of the B-scans where it is likeliest (of normal: least likely), 3 frames" in texts
    )
