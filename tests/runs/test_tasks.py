"""`evaluate probe|few-shot|retrieval` and `embed` on real images of the sample: the contract's files, and refusals."""

import json
from dataclasses import replace

import pytest

from mmfundus import NOTICE, tables
from mmfundus.data import manifest, sample
from mmfundus.evaluate.table import from_columns

CONTRACT = {"task", "model", "manifest", "n_images", "n_patients", "n_refused", "concepts", "macro", "undefined",
            "seed", "versions"}  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Photographs and scans of the sample; each says in words what it states."""
    rows = [
        replace(row, captions=tuple(name.replace("_", " ") for name in row.present))
        for row in sample.manifest().rows
        if row.modality in ("cfp", "oct")
    ]
    path = tmp_path_factory.mktemp("tasks") / "m.csv"
    manifest.write(rows, path)
    return path


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache") / "e.parquet"


@pytest.fixture
def evaluate(call, table, cache, tiny_model_folder, tmp_path):
    def run(task, *arguments):
        done = call("evaluate", task, table, "--root", sample.path().parent, "--model", tiny_model_folder, "--out",
                    tmp_path / "out", "--resamples", 20, *arguments)  # fmt: skip
        found = tmp_path / "out" / "metrics.json"
        return done, json.loads(found.read_text(encoding="utf-8")) if found.exists() else {}

    return run


@pytest.mark.parametrize(
    ("task", "own"),
    [
        ("probe", ()),
        ("few-shot", ("--shots", 1, 2, "--draws", 2, "--methods", "linear,tip_adapter")),
        ("retrieval", ()),
    ],
)
def test_a_task_leaves_the_contracts_files(evaluate, cache, tmp_path, task, own):
    done, found = evaluate(task, "--embeddings", cache, *own)
    assert done.code == 0, done.err
    assert set(found) >= CONTRACT
    assert found["task"] == task
    assert len(from_columns(tables.read(tmp_path / "out" / "predictions.parquet")).rows) == found["n_images"]
    assert NOTICE in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert cache.exists()
    if task == "few-shot":
        lines = tables.read(tmp_path / "out" / "few_shot.csv")
        assert set(lines["method"]) == {"zero-shot", "linear", "tip_adapter"}
        assert "few_shot.csv" in done.out
    if task == "retrieval":
        assert "by chance" in done.out


def test_embed_writes_the_table_that_tasks_use(call, evaluate, table, tiny_model_folder, tmp_path):
    path = tmp_path / "e.parquet"
    done = call("embed", table, "--root", sample.path().parent, "--model", tiny_model_folder, "--out", path)
    assert done.code == 0
    assert "width 16" in done.out
    first = path.read_bytes()
    evaluate("probe", "--embeddings", path)
    assert path.read_bytes() == first  # nothing was lacking, so nothing was read or written


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("zero-shot", "--shots", 1), "zero-shot has no use for --shots"),
        (("probe", "--methods", "linear"), "probe has no use for --methods; of its own it takes --embeddings"),
        (("few-shot", "--methods", "nonsense"), "no few-shot method named 'nonsense'"),
        (("riddle",), "no task named 'riddle'"),
    ],
)
def test_what_a_task_does_not_take_is_refused(evaluate, arguments, words):
    done, _ = evaluate(*arguments)
    assert done.code == 2
    assert words in done.err
