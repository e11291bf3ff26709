"""The method that changes the tower: one point of the curve beside the frozen ones, and refused in a sentence."""

import builtins

import numpy as np
import pytest

from mmfundus.errors import MissingExtra, UnknownName, UsageError
from mmfundus.models.tower_reader import TowerReader
from mmfundus.tasks import _lora, few_shot


@pytest.fixture
def tower(tiny_clip):
    return TowerReader(tiny_clip(), "tiny")


def test_it_is_a_line_of_the_curve_and_knows_every_row(three_splits, tower, monkeypatch):
    monkeypatch.setattr(_lora, "GRID", ({"rate": 1e-2, "steps": 2}, {"rate": 1e-2, "steps": 8}))
    done = few_shot.judge(tower, three_splits, "test", resamples=5, shots=(2,), draws=1, methods=("lora", "linear"))
    found = done.result["few_shot"]
    assert {(point["method"], point["shots"]) for point in found["curve"]} == {
        ("zero-shot", 0), ("lora", 2), ("linear", 2)
    }  # fmt: skip
    lines = done.tables["few_shot.csv"]
    told = [setting for setting, name in zip(lines["setting"], lines["method"], strict=True) if name == "lora"]
    assert set(told) <= {"rate=0.01;steps=2", "rate=0.01;steps=8"}
    assert not np.isnan(done.predictions.probability).any()


def test_it_is_left_out_unless_it_is_named(three_splits, fake_reader):
    done = few_shot.judge(fake_reader, three_splits, "test", resamples=0, shots=(1,), draws=1)
    assert "lora" not in {point["method"] for point in done.result["few_shot"]["curve"]}


def test_wrong_calls_are_sentences(three_splits, tower, monkeypatch):
    def judge(method):
        few_shot.judge(tower, three_splits, "test", resamples=0, shots=(1,), draws=1, methods=(method,))

    with pytest.raises(UnknownName, match=r"few-shot method named 'lorra'.*lora"):
        judge("lorra")
    monkeypatch.setattr(_lora, "MOST", 3)
    with pytest.raises(UsageError, match="at most 3 are taken"):
        judge("lora")
    real = builtins.__import__

    def no_peft(name, *rest, **more):
        if name == "peft":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", no_peft)
    with pytest.raises(MissingExtra, match=r"'lora' needs the optional install: pip install 'mmfundus\[train\]'"):
        judge("lora")
