"""Manifests that cannot be used: one clear sentence, the contract's exit code, and nothing written."""

import json

import pytest

from mmfundus.data import sample

ROOT = sample.path().parent
A, B, C = (row.image for row in sample.manifest().rows[:3])
HEAD = "image,modality,patient,present,split\n"
TABLES = {
    "empty": (b"", "m.csv is empty: its first line must name the columns."),
    "no rows": (HEAD.encode(), "m.csv has a header but no rows."),
    "no modality": (f"image,patient\n{A},p\n".encode(), "m.csv has no column 'modality'; its columns are: image"),
    "unknown modality": (f"{HEAD}{A},octt,p,,test\n".encode(), "no modality named 'octt'. Did you mean 'oct'?"),
    "unknown concept": (f"{HEAD}{A},cfp,p,glaucom,test\n".encode(), "no concept named 'glaucom'. Did you mean"),
    "unknown split": (f"{HEAD}{A},cfp,p,,dev\n".encode(), "There is no split named 'dev'."),
    "patient in two splits": (
        f"{HEAD}{A},cfp,Doe,,train\n{B},cfp,Doe,,test\n".encode(),
        "m.csv, row 2 below the header: the patient of row 1 is in 'train' there and in 'test' here.",
    ),
    "not UTF-8": (f"{HEAD}{A},cfp,M\xfcller,,test\n".encode("latin-1"), "m.csv, near line 2: not CSV in UTF-8"),
    "UTF-16": (f"{HEAD}{A},cfp,p,,test\n".encode("utf-16"), "not CSV in UTF-8"),
    "a cell too many": (f"{HEAD}{A},cfp,p,,test,more\n".encode(), "m.csv, line 2: 6 cells where the header has 5."),
    "out of its folder": (f"{HEAD}../{A},cfp,p,,test\n".encode(), "leads out of its folder"),
    "one image twice": (f"{HEAD}{A},cfp,p,,test\n{A},cfp,p,,test\n".encode(), "is already in row 1"),
}
RECIPE = "from mmfundus.train.config import Config\n\ndef recipe():\n    return Config(manifest={!r}, model={!r})\n"


@pytest.mark.parametrize("verb", ["check", "evaluate", "train"])
@pytest.mark.parametrize(("content", "words"), TABLES.values(), ids=TABLES)
def test_a_broken_manifest_is_one_sentence(call, tiny_model_folder, tmp_path, verb, content, words):
    (tmp_path / "m.csv").write_bytes(content)
    (tmp_path / "r.py").write_text(RECIPE.format(str(tmp_path / "m.csv"), str(tiny_model_folder)))
    out = tmp_path / "out"
    calls = {
        "check": ["check", tmp_path / "m.csv", "--report", out / "r.csv"],
        "evaluate": ["evaluate", "zero-shot", tmp_path / "m.csv", "--model", tiny_model_folder, "--out", out],
        "train": ["train", tmp_path / "r.py", "--out", out],
    }
    done = call(*calls[verb])
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert len(done.err.splitlines()) == 1
    for private in ("Doe", str(tmp_path)):
        assert private not in done.err
    assert not out.exists()


@pytest.mark.parametrize("name", ["gone.csv", "m.xlsx", "folder.csv"])
def test_what_is_no_table_is_a_wrong_call(call, tiny_model_folder, tmp_path, name):
    (tmp_path / "m.xlsx").write_bytes(b"PK")
    (tmp_path / "folder.csv").mkdir()
    out = tmp_path / "out"
    done = call("evaluate", "zero-shot", tmp_path / name, "--model", tiny_model_folder, "--out", out)
    assert (done.code, done.out) == (2, "")
    assert name in done.err
    assert not out.exists()


def test_an_image_that_is_not_there_is_refused_by_name_and_the_others_are_checked(call, tmp_path):
    (tmp_path / "m.csv").write_text(f"{HEAD}{A},cfp,p,,test\nimages/gone.jpg,cfp,q,,test\n{C},cfp,r,,test\n")
    done = call("check", tmp_path / "m.csv", "--root", ROOT)
    assert done.code == 1
    assert done.out.splitlines()[0] == "3 files: 2 ok, 1 refused"
    assert "refused  images/gone.jpg: There is no file 'gone.jpg'." in done.out


def test_a_split_that_says_nothing_cannot_be_judged(call, tiny_model_folder, tmp_path):
    (tmp_path / "m.csv").write_text(f"{HEAD}{A},cfp,p,,test\n{B},cfp,q,drusen,train\n")
    told = ["evaluate", "zero-shot", tmp_path / "m.csv", "--root", ROOT, "--model", tiny_model_folder]
    for split, words in (("test", "states no concept as present"), ("val", "has no rows")):
        done = call(*told, "--out", tmp_path / "out", "--split", split)
        assert (done.code, done.out) == (1, "")
        assert f"m.csv: the split '{split}' {words}" in done.err
    assert not (tmp_path / "out").exists()


def test_where_every_image_is_refused_there_is_still_a_result(call, tiny_model_folder, tmp_path):
    (tmp_path / "m.csv").write_text(f"{HEAD}a.jpg,cfp,p,drusen,test\nb.jpg,cfp,q,normal,test\n")
    out = tmp_path / "out"
    done = call("evaluate", "zero-shot", tmp_path / "m.csv", "--model", tiny_model_folder, "--out", out)
    assert done.code == 1
    assert [line.split()[5] for line in done.err.splitlines()] == ["'a.jpg'.", "'b.jpg'."]
    found = json.loads((out / "metrics.json").read_text())
    assert (found["n_images"], found["n_refused"], found["macro"]["auroc"]["value"]) == (2, 2, None)
