"""The matrix as a table and as a page: every mark beside the figure it belongs to, failures named."""

import pytest

from mmfundus import tables
from mmfundus.report import matrix

FIG = {"value": 0.8, "low": 0.7, "high": 0.9}
MACRO = {"auroc": {**FIG, "over": 1, "of": 1}}


@pytest.fixture
def found():
    entry = {"n_leaked": 2, "n_present": 5, "n_absent": 6, "auroc": FIG, "auprc": FIG}
    part = {"n_images": 11, "concepts": {"drusen": entry}, "macro": MACRO}
    group = {"n_images": 9, "n_patients": 8, "n_present": 4, "n_absent": 5, "auroc": FIG, "sensitivity": FIG,
             "specificity": FIG, "difference": FIG}  # fmt: skip
    told = {"modalities": {"cfp": {"drusen": {"groups": {"F": group, "M": group}, "worst": "M"}}},
            "comparisons": {"warning": "2 differences."}}  # fmt: skip
    leak = {"checked_against": "train.csv", "n_rows": 2, "without": {"modalities": {"cfp": {
        "concepts": {"drusen": {"auroc": {"value": 0.65}}}}}}}  # fmt: skip
    result = {"n_images": 11, "n_refused": 0, "macro": MACRO, "modalities": {"cfp": part}, "leakage": leak,
              "subgroups": {"sex": told}}  # fmt: skip
    alarm = {"modality": "cfp", "concept": "drusen", "cue": "frame", "auroc": FIG, "level": 0.8}
    cues = {"cues": {"frame": FIG}, "alarms": [alarm]}
    return {
        "task": "matrix", "split": "test", "models": ["one", "two"], "tables": ["t.csv"], "seed": 0, "versions": {},
        "cells": [
            {"model": "one", "table": "t.csv", "domain": "in-domain", "why": "3 of 11 files", "result": result},
            {"model": "two", "table": "t.csv", "domain": "unknown", "reason": "it is <broken>", "result": None},
        ],
        "shortcuts": {
            "t.csv": {"rule": "r", "alarms": [alarm], "modalities": {"cfp": {"concepts": {"drusen": cues}}}}
        },
    }  # fmt: skip


def test_the_page_has_every_mark(found):
    page = matrix.page(found)
    for mark in ("in-domain", "over 1 of 1", "2 of 11 LEAKED", "1 with SHORTCUT"):
        assert f"<small>{mark}</small>" in page
    for note in ("2 LEAKED", "without them 0.650", "worst sex: M 0.800"):
        assert f"<small>{note}</small>" in page
    assert "it is &lt;broken&gt;" in page
    assert "Subgroups: one on t.csv" in page
    assert "3 of 11 files" in page


def test_the_files(found, tmp_path):
    matrix.write(found, tmp_path)
    lines = tables.read(tmp_path / "matrix.csv")
    assert lines["model"] == ["one", "two"]
    assert lines["auroc"] == ["0.8", ""]
    assert lines["leaked"] == ["2", ""]
    assert lines["shortcut"] == ["frame", ""]
    assert lines["reason"] == ["", "it is <broken>"]
    assert (tmp_path / "metrics.json").exists()
    assert (tmp_path / "matrix.html").exists()


def test_nothing_judged_is_said(found):
    found["cells"], found["models"] = found["cells"][1:], ["two"]
    assert "No concept was judged on this table." in matrix.page(found)
