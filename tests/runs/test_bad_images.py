"""Files that are not one plain picture: refused by name, or read as what they show."""

import csv
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from mmfundus.data import sample


@pytest.fixture(scope="module")
def grey():
    """A photograph in grey: every file format can hold it exactly."""
    row = next(row for row in sample.manifest().rows if row.modality == "cfp")
    with Image.open(sample.path().parent / row.image) as picture:
        return picture.convert("L").resize((240, 160))


@pytest.fixture
def refused(tmp_path, grey):
    """Files that hold no one picture, each with a word of why."""
    folder = tmp_path / "refused"
    folder.mkdir()
    (folder / "empty.jpg").touch()
    (folder / "text.png").write_text("image,modality\n")
    grey.save(folder / "whole.jpg")
    (folder / "cut.jpg").write_bytes((folder / "whole.jpg").read_bytes()[:2000])
    (folder / "whole.jpg").unlink()
    grey.save(folder / "frames.tif", save_all=True, append_images=[grey.rotate(90)])
    grey.save(folder / "film.gif")
    grey.resize((200, 8)).save(folder / "sliver.png")
    return {
        folder / "empty.jpg": "is empty (0 bytes)",
        folder / "text.png": "is not a picture",
        folder / "cut.jpg": "is damaged or cut off",
        folder / "frames.tif": "holds 2 frames",
        folder / "film.gif": "is not a picture",
        folder / "sliver.png": "200 x 8 pixels",
    }


@pytest.fixture
def same(tmp_path, grey):
    """Files that show the same picture in their own ways."""
    folder = tmp_path / "same"
    folder.mkdir()
    grey.save(folder / "plain.png")
    grey.save(folder / "png-named.jpg", format="PNG")
    grey.convert("P").save(folder / "palette.png")
    grey.convert("RGBA").save(folder / "alpha.png")
    grey.save(folder / "plain.tif", compression="tiff_lzw")
    Image.fromarray(np.asarray(grey).astype(np.uint16) * 257).save(folder / "deep.png")
    turned = Image.Exif()
    turned[274] = 6  # to be shown a quarter turn clockwise
    grey.transpose(Image.Transpose.ROTATE_90).save(folder / "turned.png", exif=turned)
    return sorted(folder.iterdir())


def findings(done):
    return [image["findings"] for image in json.loads(done.out)["images"]]


def test_predict_names_what_it_refuses_and_reads_the_rest(call, tiny_model_folder, refused, same, tmp_path):
    asked = [*refused, tmp_path / "gone.png", tmp_path, same[0]]
    out = tmp_path / "out"
    done = call("predict", *asked, "--model", tiny_model_folder, "--modality", "cfp", "--json", "--out", out)
    assert done.code == 1
    told = json.loads(done.out)["images"]
    assert [image["image"] for image in told] == [str(path) for path in asked]
    reasons = [image["refused_because"] for image in told]
    words = [*refused.values(), "There is no file", "is not a regular file", None]
    for path, reason, word in zip(asked, reasons, words, strict=True):
        assert reason is None if word is None else (word in reason and repr(path.name) in reason)
    assert done.err.splitlines() == [f"refused: {reason}" for reason in reasons if reason]
    with open(out / "predictions.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["refused_because"] for row in rows] == [reason or "" for reason in reasons]
    assert [bool(row["normal"]) for row in rows] == [not reason for reason in reasons]


def test_predict_refuses_them_too_where_it_must_recognise_the_modality(call, tiny_model_folder, refused):
    done = call("predict", *refused, "--model", tiny_model_folder)
    assert done.code == 1
    assert all(word in line for word, line in zip(refused.values(), done.err.splitlines(), strict=True))


def test_check_gives_every_file_a_row(call, refused, same, tmp_path):
    folder = shutil.copytree(same[0].parent, tmp_path / "all")
    for path in refused:
        shutil.copy(path, folder)
    done = call("check", folder, "--report", tmp_path / "r.csv")
    assert done.code == 1
    assert done.out.splitlines()[0] == f"13 files: {len(same)} ok, {len(refused)} refused"
    with open(tmp_path / "r.csv", newline="") as file:
        rows = {row["image"]: (row["status"], row["reason"]) for row in csv.DictReader(file)}
    assert set(rows) == {path.name for path in (*refused, *same)}
    for path, word in refused.items():
        assert rows[path.name][0] == "refused"
        assert word in rows[path.name][1]
        assert repr(path.name) in done.out
    assert {rows[path.name][0] for path in same} == {"ok"}
    assert "Holds PNG although its name ends in .jpg" in rows["png-named.jpg"][1]


def test_a_picture_is_read_as_what_it_shows_whatever_its_file(call, tiny_model_folder, same):
    done = call("predict", *same, "--model", tiny_model_folder, "--modality", "cfp", "--json")
    assert (done.code, done.err) == (0, "")
    assert len(same) == 7
    for found in findings(done):
        assert found == findings(done)[0]


def test_a_picture_that_lies_on_its_side_is_another_picture(call, tiny_model_folder, same, grey, tmp_path):
    grey.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "lying.png")
    done = call("predict", same[0], tmp_path / "lying.png", "--model", tiny_model_folder, "--modality", "cfp", "--json")
    assert findings(done)[0] != findings(done)[1]


@pytest.mark.parametrize("name", ["empty.jpg", "frames.tif", "text.png"])
def test_prepare_writes_nothing_of_what_it_refuses(call, refused, tmp_path, name):
    done = call("prepare", tmp_path / "refused" / name, tmp_path / "out" / "p.png", "--modality", "cfp")
    assert (done.code, done.out) == (1, "")
    assert f"mmfundus: {name!r}" in done.err
    assert not (tmp_path / "out").exists()
