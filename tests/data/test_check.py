"""Every file of a folder and every row of a manifest is accounted for, in order, with its reason."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmfundus.data import check as checking
from mmfundus.data.check import check
from mmfundus.errors import ManifestError, UsageError


def textured(seed: int) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(60, 220, (30, 30, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((200, 200), Image.Resampling.BICUBIC)


def manifest(folder: Path, *rows: str) -> Path:
    """A manifest with a picture of its own number for each row that has no file yet."""
    for number, row in enumerate(rows):
        file = folder / row.split(",")[0]
        if not file.exists():
            textured(number).save(file)
    (folder / "m.csv").write_text("image,modality,patient,eye,split\n" + "".join(f"{row}\n" for row in rows))
    return folder / "m.csv"


def test_every_file_of_a_folder_gets_one_row(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    textured(1).save(tmp_path / "b" / "one.png")
    textured(2).save(tmp_path / "two.jpg", format="PNG")
    (tmp_path / "three.png").write_bytes((tmp_path / "b" / "one.png").read_bytes()[:200])
    (tmp_path / "Thumbs.db").write_text("x")
    (tmp_path / ".hidden").touch()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop").symlink_to(tmp_path)
    report = check(tmp_path)
    assert [(entry.image, entry.status) for entry in report.entries] == [
        (".hidden", "refused"), ("Thumbs.db", "refused"), ("b/one.png", "ok"), ("loop", "refused"),
        ("pipe.png", "refused"), ("three.png", "refused"), ("two.jpg", "ok"),
    ]  # fmt: skip
    reasons = {entry.image: entry.reason for entry in report.entries}
    assert reasons["b/one.png"] == "" and "Holds PNG although its name ends in .jpg" in reasons["two.jpg"]
    assert "cut off" in reasons["three.png"] and "empty" in reasons[".hidden"] and "regular" in reasons["pipe.png"]
    assert [refusal.item for refusal in report.refused] == [".hidden", "Thumbs.db", "loop", "pipe.png", "three.png"]
    assert str(tmp_path) not in str(report)


def test_equal_pictures_point_to_the_first(tmp_path: Path) -> None:
    textured(1).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    textured(1).save(tmp_path / "c.bmp")
    textured(1).save(tmp_path / "d.jpg", quality=80)
    textured(2).save(tmp_path / "e.png")
    report = check(tmp_path)
    assert [entry.reason for entry in report.entries[:3]] == ["", "Same bytes as 'a.png'.", "Same pixels as 'a.png'."]
    assert "Looks nearly the same as 'a.png'." in report.entries[3].reason and report.entries[4].reason == ""
    assert report.refused == () and report.findings == ()  # a folder states neither patients nor splits


def test_contradictions_of_a_manifest_are_found(tmp_path: Path) -> None:
    textured(9).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    textured(9).save(tmp_path / "c.jpg", quality=85)
    path = manifest(tmp_path, "a.png,cfp,ann,R,train", "b.png,cfp,bob,L,test", "c.jpg,cfp,,,test", "d.png,cfp,cy,,val")
    findings = check(path).findings
    same = [finding for finding in findings if finding.startswith("The same picture")]
    assert len(same) == 3 and all("'a.png', 'b.png'" in finding for finding in same)
    assert [word in " ".join(same) for word in ("patients", "split", "left eye")] == [True] * 3
    near = [finding for finding in findings if finding.startswith("Nearly the same")]
    assert len(near) == 1 and "more than one split: 'a.png', 'c.jpg'" in near[0]  # its patient and eye are unknown
    assert not any(name in " ".join(findings) for name in ("ann", "bob"))


def test_one_picture_twice_in_agreement_is_no_finding(tmp_path: Path) -> None:
    textured(9).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    report = check(manifest(tmp_path, "a.png,cfp,ann,R,train", "b.png,cfp,ann,,train"))
    assert report.findings == () and report.entries[1].reason == "Same bytes as 'a.png'."


def test_a_manifest_keeps_its_order_and_names_what_is_missing(tmp_path: Path) -> None:
    path = manifest(tmp_path, *(f"{number:02}.png,cfp,,," for number in range(20, 0, -1)))
    (tmp_path / "07.png").unlink()
    report = check(path)
    assert [entry.image for entry in report.entries] == [f"{number:02}.png" for number in range(20, 0, -1)]
    assert [refusal.item for refusal in report.refused] == ["07.png"] and "no file" in report.refused[0].reason


def test_root_is_where_the_images_are(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    path = manifest(tmp_path, "a.png,cfp,,,")
    (tmp_path / "a.png").rename(tmp_path / "elsewhere" / "a.png")
    assert len(check(path).refused) == 1
    assert check(path, tmp_path / "elsewhere").refused == ()


def test_too_many_to_compare_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking.lookalikes, "MOST", 1)
    report = check(manifest(tmp_path, "a.png,cfp,,,", "b.png,cfp,,,"))
    assert report.findings == ("Nearly equal pictures were not looked for: 2 images, the limit is 1.",)


def test_the_report_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    textured(1).save(tmp_path / "in" / "a, b.png")
    (tmp_path / "in" / "c.txt").write_text("x")
    checking.write(check(tmp_path / "in"), tmp_path / "r.csv")
    with open(tmp_path / "r.csv", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["image", "status", "reason"] and lines[1] == ["a, b.png", "ok", ""]
    assert lines[2][:2] == ["c.txt", "refused"]


def test_wrong_calls(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone", tmp_path / "gone.csv"):
        with pytest.raises(UsageError):
            check(path)
    (tmp_path / "m.csv").write_text("image\na.png\n")
    with pytest.raises(ManifestError):
        check(tmp_path / "m.csv")


def test_frames_of_a_volume_are_compared_by_their_pixels(dicoms, tmp_path, monkeypatch):
    cube = np.random.default_rng(0).integers(0, 255, (3, 40, 48)).astype(np.uint8)
    cube[2] = cube[0]
    dicoms.volume(tmp_path / "cube.dcm", cube)
    lines = "".join(f"cube.dcm#{number},oct\n" for number in (1, 2, 3))
    (tmp_path / "m.csv").write_text(f"image,modality\n{lines}", encoding="utf-8")
    monkeypatch.setattr("mmfundus.data.images.digest_bytes", lambda path: pytest.fail("the volume is not read again"))
    found = check(tmp_path / "m.csv")
    assert [entry.reason for entry in found.entries] == ["", "", "Same pixels as 'cube.dcm#1'."]
