"""`evaluate zero-shot` on real images: the contract's files, every row accounted for."""

import json
from dataclasses import replace

import pytest

from mmfundus import NOTICE, tables
from mmfundus.data import manifest, sample
from mmfundus.evaluate.table import from_columns
from mmfundus.types import Row

METRICS = {"auroc", "auprc", "sensitivity", "specificity"}
COUNTS = {"n_images", "n_patients", "n_refused"}
CONTRACT = {"task", "model", "manifest", *COUNTS, "concepts", "macro", "undefined", "seed", "versions"}
CONCEPT = {"n_present", "n_absent", *METRICS, "threshold"}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Photographs and scans of two splits, two that say nothing, two files that are gone."""
    whole = sample.manifest()
    rows = [
        row
        for modality in ("cfp", "oct")
        for split in ("val", "test")
        for row in [row for row in whole.split(split) if row.modality == modality][:6]
    ]
    rows += [replace(row, split="test") for row in whole.rows if row.modality == "slo"][:2]
    rows += [Row(f"gone-{s}.jpg", "cfp", f"gone {s}", present=("normal",), split=s) for s in ("val", "test")]
    path = tmp_path_factory.mktemp("evaluate") / "m.csv"
    manifest.write(rows, path)
    return path


@pytest.fixture
def judged(call, table, tiny_model_folder, tmp_path):
    def run(*arguments):
        return call("evaluate", "zero-shot", table, "--root", sample.path().parent, "--model", tiny_model_folder,
                    "--out", tmp_path / "out", "--resamples", 20, *arguments)  # fmt: skip

    return run


def figures(entry):
    """Every interval of a result, with where it stands."""
    for metric in METRICS:
        yield entry[metric]


def test_the_result_has_the_contracts_keys_and_is_strict(judged, tmp_path):
    judged()
    text = (tmp_path / "out" / "metrics.json").read_text(encoding="utf-8")
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    added = {"modalities", "not_judged", "refused", "scales", "exclusive", "units", "calibration"}
    added |= {"leakage", "n_leaked", "shortcuts", "subgroups"}
    assert set(found) == CONTRACT | added
    assert (found["task"], found["model"], found["manifest"]) == ("zero-shot", "tiny", "m.csv, split test")
    parts = [found, *found["modalities"].values()]
    for part in parts:
        assert COUNTS | {"concepts", "macro"} <= set(part)
        assert set(part["macro"]) >= METRICS
        assert all({"over", "of"} <= set(average) for average in part["macro"].values())
        for concept in part["concepts"].values():
            assert set(concept) >= CONCEPT
    for entry in [part["macro"] for part in parts] + [c for part in parts for c in part["concepts"].values()]:
        for figure in figures(entry):
            assert {"value", "low", "high"} <= set(figure)
            assert (figure["value"] is not None and figure["low"] is not None) or figure["reason"]
    for item in found["undefined"]:
        assert {"concept", "metric", "reason"} <= set(item)
    assert set(found["versions"]) >= {"mmfundus", "python", "numpy", "onnxruntime"}


def test_what_is_refused_is_counted_named_and_exit_code_1(judged, tmp_path):
    done = judged()
    assert done.code == 1
    assert [line.split("'")[1] for line in done.err.splitlines()] == ["gone-test.jpg", "gone-val.jpg"]
    found = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (found["n_images"], found["n_refused"]) == (13, 1)
    assert found["n_images"] == sum(part["n_images"] for part in found["modalities"].values())
    assert [item["image"] for item in found["refused"]] == ["gone-test.jpg", "gone-val.jpg"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert all(item["image"] in page for item in found["refused"])
    assert found["not_judged"] == {"slo": 2}
    assert "2 slo images state no concept and are not judged" in done.out
    assert done.out.rstrip().endswith(NOTICE)


def test_predictions_carry_every_row_and_where_they_came_from(judged, tmp_path):
    judged("--seed", 3)
    path = tmp_path / "out" / "predictions.parquet"
    found = from_columns(tables.read(path))
    assert len(found.rows) == 13
    assert sum(bool(reason) for reason in found.refused) == 1
    told = tables.provenance(path)
    assert (told["task"], told["model"], told["manifest"], told["seed"]) == (
        "zero-shot", "tiny", "m.csv, split test", 3,
    )  # fmt: skip


def test_the_page_says_what_this_is_not_and_how_many_were_refused(judged, tmp_path):
    judged()
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert NOTICE in page
    assert "1 refused" in page
    assert str(tmp_path) not in page


def test_the_same_seed_gives_the_same_bytes(judged, tmp_path):
    texts = []
    for _ in range(2):
        judged()
        texts.append((tmp_path / "out" / "metrics.json").read_bytes())
    assert texts[0] == texts[1]


def test_a_modality_the_model_never_saw_is_refused_row_by_row(call, tiny_model_folder, tmp_path):
    whole = sample.manifest()
    rows = [row for row in whole.split("test") if row.modality == "fa" and row.present][:3]
    rows += [row for row in whole.split("test") if row.modality == "cfp"][:3]
    manifest.write(rows, tmp_path / "m.csv")
    done = call("evaluate", "zero-shot", tmp_path / "m.csv", "--root", whole.root, "--model", tiny_model_folder,
                "--out", tmp_path / "out", "--resamples", 0)  # fmt: skip
    assert done.code == 1
    assert done.err.count("the model was not trained on fa images") == 3
    found = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (found["n_refused"], found["modalities"]["fa"]["n_refused"]) == (3, 3)
    assert found["modalities"]["fa"]["macro"]["auroc"]["value"] is None
