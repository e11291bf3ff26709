"""Every cell is judged, failed by itself, or kept; domains are told by files, by name, or not at all."""

import json
import shutil
from dataclasses import replace

import pytest

from mmfundus import tables
from mmfundus.data import fingerprints, manifest
from mmfundus.errors import ManifestError
from mmfundus.models import bundle
from mmfundus.models.bundle import open_bundle
from mmfundus.models.reader import open_reader
from mmfundus.tasks import _matrix, zero_shot
from mmfundus.tasks._matrix import Asked
from mmfundus.verbs._ends import distinct

QUICK = Asked(resamples=10, shortcuts=False)


def opened(name, thing):
    return name, lambda: thing


def broken(name, reason):
    def fail():
        raise ManifestError(reason)

    return name, fail


@pytest.fixture
def silent(eye_table):
    """A table that states nothing of its test rows."""
    rows = tuple(replace(row, present=()) if row.split == "test" else row for row in eye_table.rows)
    return replace(eye_table, rows=rows, name="silent.csv")


def test_a_cell_that_fails_leaves_the_others(fake_reader, eye_table, silent, tmp_path):
    tables_ = [opened("m.csv", eye_table), opened("silent.csv", silent), broken("bad.csv", "no such column")]
    found = _matrix.judge([opened("fake", fake_reader)], tables_, QUICK, tmp_path / "cells")
    good, mute, bad = found["cells"]
    assert good["result"]["macro"]["auroc"]["value"] == 1.0
    assert mute["result"] is None
    assert "states no concept as present" in mute["reason"]
    assert bad == {"model": "fake", "table": "bad.csv", "domain": "unknown", "reason": "no such column", "result": None}
    lines = list(_matrix.lines(found))
    assert [(line["table"], line["concept"], line["auroc"]) for line in lines] == [
        ("m.csv", "drusen", 1.0),
        ("m.csv", "normal", 1.0),
        ("silent.csv", None, None),
        ("bad.csv", None, None),
    ]
    assert [item.item for item in _matrix.failures(found)] == ["fake on silent.csv", "fake on bad.csv", "fake on m.csv"]


def test_a_concept_that_a_table_lacks_is_null_with_a_reason(fake_reader, eye_table, tmp_path):
    rows = tuple(
        replace(row, present=("glaucoma",) if row.present == ("drusen",) else row.present) for row in eye_table.rows
    )
    other = replace(eye_table, rows=rows, name="other.csv")
    asked = [opened("m.csv", eye_table), opened("other.csv", other)]
    found = _matrix.judge([opened("fake", fake_reader)], asked, QUICK, tmp_path / "cells")
    by = {(line["table"], line["concept"]): line for line in _matrix.lines(found)}
    assert len(by) == 6
    assert by["other.csv", "drusen"]["auroc"] is None
    assert "no image of the split 'test' states it" in by["other.csv", "drusen"]["reason"]


def test_what_is_done_is_kept_until_the_question_changes(fake_reader, eye_table, tmp_path, monkeypatch):
    asked = ([opened("fake", fake_reader)], [opened("m.csv", eye_table)])
    first = _matrix.judge(*asked, QUICK, tmp_path / "cells")
    calls = []
    judge = zero_shot.judge
    monkeypatch.setattr(zero_shot, "judge", lambda *a, **k: calls.append(1) or judge(*a, **k))
    assert _matrix.judge(*asked, QUICK, tmp_path / "cells") == first
    assert calls == []
    for path in (tmp_path / "cells").glob("*.json"):
        path.write_text(path.read_text()[:50])  # cut off while it was written by other means
    assert _matrix.judge(*asked, QUICK, tmp_path / "cells") == first
    _matrix.judge(*asked, replace(QUICK, seed=1), tmp_path / "cells")
    assert len(calls) == 2


def test_domains(tiny_model_folder, eye_table, fake_reader, tmp_path):
    def model(name, rows=None, told=None):
        folder = tmp_path / name
        shutil.copytree(tiny_model_folder, folder)
        if rows is not None:
            fingerprints.write(fingerprints.take(rows, eye_table.root, "x.csv"), folder / fingerprints.FILE)
        info = {key: value for key, value in open_bundle(tiny_model_folder).info.items() if key != "files"}
        bundle.seal(folder, info | ({"training": {"manifest": told}} if told else {}))
        return open_reader(str(folder))

    assert _matrix.domain(model("a", eye_table.split("val")), eye_table)[0] == "in-domain"
    assert _matrix.domain(model("b", (), "m.csv"), eye_table)[0] == "unseen source", "files say more than a name"
    assert _matrix.domain(model("c", None, "m.csv"), eye_table) == (
        "in-domain",
        "by name alone: it was trained on m.csv",
    )
    assert _matrix.domain(model("d", None, "n.csv"), eye_table)[0] == "unknown", "another name is no proof"
    assert _matrix.domain(model("e"), eye_table)[0] == "unknown"
    assert _matrix.domain(fake_reader, eye_table)[0] == "unknown"


def test_equal_names_are_numbered():
    assert distinct(["a", "b", "a"]) == ["a (1)", "b", "a (2)"]


def test_the_verb(call, eye_table, tiny_model_folder, tmp_path):
    manifest.write(eye_table.rows, eye_table.root / "m.csv")
    out = tmp_path / "out"
    done = call("evaluate", "matrix", eye_table.root / "m.csv", eye_table.root / "gone.csv", "--model",
                tiny_model_folder, "--out", out, "--resamples", 10)  # fmt: skip
    assert done.code == 1  # two images are gone, and a table
    assert "tiny on gone.csv: There is no table" in done.err
    lines = tables.read(out / "matrix.csv")
    assert lines["concept"] == ["drusen", "normal", ""]
    assert json.loads((out / "metrics.json").read_text())["task"] == "matrix"
    page = (out / "matrix.html").read_text()
    assert "leakage unknown" in page
    assert "Shortcuts of m.csv" in page


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--model", "m", "--root", ".", "."), "2 roots are given for 1 tables"),
        (("--model", "m", "--seed", "-1"), "--seed"),
    ],
)
def test_wrong_calls(call, tmp_path, options, words):
    done = call("evaluate", "matrix", "sample", *options, "--out", tmp_path / "o")
    assert (done.code, words in done.err) == (2, True)


def test_a_column_that_a_table_lacks_is_said_and_the_others_are_judged(fake_reader, eye_table, tmp_path):
    asked = replace(QUICK, columns=("eye", "sex"))
    found = _matrix.judge([opened("fake", fake_reader)], [opened("m.csv", eye_table)], asked, tmp_path / "cells")
    (cell,) = found["cells"]
    assert (list(cell["result"]["subgroups"]), cell["lacks_columns"]) == (["eye"], ["sex"])
