"""A volume's answer is that of a tenth of its B-scans, by a rule that is checked by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from mmfundus.clinic import reading, volumes
from mmfundus.clinic.modality import Recognised
from mmfundus.types import Finding, Reading, Row


def frame(number, refused="", **chances):
    row = Row(f"v.dcm#{number}", "oct", "p", extra={"volume": "v.dcm"})
    pixels = np.full((4, 4, 3), number, np.uint8)
    found = tuple(Finding(label, chance, chance / 2, calibrated=True) for label, chance in chances.items())
    return Reading(row, None if refused else pixels, () if refused else found, refused)


def test_the_likeliest_tenth_decides_and_of_normal_the_least_likely():
    frames = [frame(n, drusen=n / 100, normal=1 - n / 100) for n in range(1, 21)]  # a tenth of 20 is 2
    found = volumes.answer(frames)
    chances = {finding.label: finding.probability for finding in found.findings}
    assert chances == {"drusen": pytest.approx((0.20 + 0.19) / 2), "normal": pytest.approx((0.80 + 0.81) / 2)}
    assert [finding.label for finding in found.findings] == ["normal", "drusen"]
    assert found.row.image == "v.dcm" and found.row.extra["rule"] == volumes.RULE
    assert {finding.cosine for finding in found.findings} == {0.1, 0.4}  # of frame 20, for both
    assert not any(finding.calibrated for finding in found.findings)
    assert found.pixels[0, 0, 0] == 20 and found.row.extra["shown"] == "20"


def test_refused_frames_are_counted_and_only_all_of_them_refuse_the_volume():
    part = volumes.answer([frame(1, drusen=0.3), frame(2, refused="dark")])
    assert (part.row.extra["frames"], part.row.extra["frames_refused"], part.refused) == ("2", "1", "")
    assert part.findings[0].probability == 0.3
    assert volumes.answer([frame(1, refused="dark"), frame(2, refused="dark too")]).refused == "dark"


def test_answers_stand_before_their_frames_and_other_images_stay():
    single = Reading(Row("a.png", "cfp"), np.zeros((4, 4, 3), np.uint8), (Finding("drusen", 0.5, 0.1),))
    found = volumes.with_answers([single, frame(1, drusen=0.3, normal=0.7), frame(2, drusen=0.2, normal=0.8)], most=1)
    assert [one.row.image for one in found] == ["a.png", "v.dcm", "v.dcm#1", "v.dcm#2"]
    assert [len(one.findings) for one in found] == [1, 1, 1, 1]


def test_a_cube_is_read_whole_by_frame_or_by_name(dicoms, tmp_path, fake_reader):
    cube = np.stack([np.full((40, 48), shade, np.uint8) for shade in (20, 30, 210)])
    path = dicoms.volume(tmp_path / "cube.dcm", cube, eye="L")
    asked = ["normal", "drusen"]
    whole, *frames = reading.read_files(fake_reader, [path], asked)
    assert [Path(one.row.image).name for one in frames] == ["cube.dcm#1", "cube.dcm#2", "cube.dcm#3"]
    assert (whole.row.modality, whole.row.eye, whole.findings[0].label) == ("oct", "L", "drusen")
    (third,) = reading.read_files(fake_reader, [tmp_path / "cube.dcm#3"], asked)
    assert third.findings[0].probability == whole.findings[0].probability


def test_what_the_file_says_comes_before_what_the_model_sees(dicoms, tmp_path, fake_reader):
    photo = dicoms.photograph(tmp_path / "a.dcm", dicoms.picture(60, 60))
    en_face = dicoms.photograph(tmp_path / "b.dcm", dicoms.picture(60, 60)[..., 0], kind=dicoms.EN_FACE)
    first, second = reading.read_files(fake_reader, [photo, en_face], ["drusen"])
    assert (first.row.modality, first.row.eye, "modality_by" in first.row.extra) == ("cfp", "R", False)
    assert second.refused == ("'b.dcm' is not read: an en-face OCT image is none of the modalities. Give --modality.")
    (told,) = reading.read_files(fake_reader, [en_face], ["drusen"], modality="oct")
    assert told.findings and told.row.modality == "oct"


def test_frames_whose_modality_is_not_told_are_recognised_as_one(dicoms, tmp_path, fake_reader, monkeypatch):
    shades = np.stack([np.full((40, 48), shade, np.uint8) for shade in (20, 120, 210)])
    path = dicoms.photograph(tmp_path / "grey.dcm", shades)
    asked = []

    def recognise(reader, path):
        asked.append(path.name)
        return Recognised("cfp", {"cfp": 0.9, "oct": 0.1})

    monkeypatch.setattr(reading, "recognise", recognise)
    found = reading.read_files(fake_reader, [path], ["drusen"])
    assert asked == ["grey.dcm#2"]
    assert [(one.row.modality, one.row.extra["modality_by"]) for one in found] == [("cfp", "recognised")] * 4
    monkeypatch.setattr(reading, "recognise", lambda reader, path: Recognised("cfp", {"cfp": 0.4, "oct": 0.3}))
    (refused,) = reading.read_files(fake_reader, [path], ["drusen"])
    assert refused.refused.startswith("Its modality is unclear") and refused.row.image == str(path)


def test_predict_says_nothing_of_whose_image_it_is(dicoms, tmp_path, call, tiny_model_folder):
    photo = dicoms.photograph(tmp_path / "a.dcm", dicoms.picture(60, 60))
    broken = tmp_path / "broken.dcm"
    broken.write_bytes(photo.read_bytes()[:3000])
    cube = dicoms.volume(tmp_path / "cube.dcm", np.full((2, 40, 48), 90, np.uint8))
    out = tmp_path / "out"
    done = call(
        "predict",
        photo,
        broken,
        cube,
        "--model",
        tiny_model_folder,
        "--labels",
        "drusen,normal",
        "--explain",
        "--out",
        out,
    )
    assert done.code == 1 and "refused: 'broken.dcm' is damaged" in done.err
    assert "cube.dcm   oct\n  of 2 B-scans: mean of the tenth" in done.out
    told = done.out + done.err + "".join(p.read_text() for p in out.iterdir() if p.suffix in (".csv", ".html"))
    assert not [word for word in dicoms.CANARIES if word in told]


def test_json_says_the_rule_of_a_volume_and_of_no_other(dicoms, tmp_path, call, tiny_model_folder):
    cube = dicoms.volume(tmp_path / "cube.dcm", np.full((2, 40, 48), 90, np.uint8))
    done = call("predict", cube, "--model", tiny_model_folder, "--labels", "drusen,normal", "--json")
    whole, first, _ = json.loads(done.out)["images"]
    assert whole["volume"] == {"rule": volumes.RULE, "frames": "2", "frames_refused": "0"}
    assert "volume" not in first and first["image"].endswith("cube.dcm#1")
