"""The loop on a tiny model: it learns, accounts for every row, and goes on as if never stopped."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mmfundus.data import manifest
from mmfundus.errors import TrainingStopped
from mmfundus.train import checkpoint, log, loop
from mmfundus.types import Row

pytestmark = pytest.mark.usefixtures("no_export")


def steps(out):
    return [event for event in log.read(out / "metrics.jsonl") if event["event"] == "step"]


def state(out):
    facts, tensors = checkpoint.read(out / "latest")
    return facts["step"], tensors


def test_it_learns_and_accounts_for_every_row(config, tmp_path):
    summary = loop.train(config, tmp_path / "run")
    assert summary.step == 12  # 13 rows in batches of at most 4, three times
    assert [item.item for item in summary.refused] == ["broken.png"]
    per_epoch = [sum(e["samples"] for e in steps(tmp_path / "run") if e["epoch"] == epoch) for epoch in range(3)]
    assert per_epoch == [12, 12, 12]
    losses = [event["loss"] for event in steps(tmp_path / "run")]
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    for part in ("config.json", "metrics.jsonl", "latest", "best"):
        assert (tmp_path / "run" / part).exists()


def test_a_validation_row_that_cannot_be_read_is_accounted_for_too(config, tmp_path):
    table = manifest.read(tmp_path / "manifest.csv")
    gone = Row("gone.png", "oct", patient="g", present=("normal",), split="val")
    manifest.write([*table.rows, gone], tmp_path / "more.csv")
    summary = loop.train(replace(config, manifest=str(tmp_path / "more.csv"), epochs=1), tmp_path / "run")
    assert sorted(item.item for item in summary.refused) == ["broken.png", "gone.png"]
    logged = [event for event in log.read(tmp_path / "run" / "metrics.jsonl") if event["event"] == "refused"]
    assert (logged[0]["step"], logged[0]["image"]) == (0, "gone.png")
    assert "no file 'gone.png'" in logged[0]["reason"]


def test_without_validation_rows_the_last_weights_are_kept_and_nothing_is_claimed(config, tmp_path):
    manifest.write(manifest.read(tmp_path / "manifest.csv").split("train"), tmp_path / "train.csv")
    summary = loop.train(replace(config, manifest=str(tmp_path / "train.csv"), epochs=1), tmp_path / "run")
    assert (summary.best, summary.best_step) == (None, summary.step)
    evaluations = [event for event in log.read(tmp_path / "run" / "metrics.jsonl") if event["event"] == "evaluate"]
    assert [event["macro_auroc"] for event in evaluations] == [None, None]


@pytest.mark.parametrize("cut_at", [1, 3, 4, 7])
def test_a_run_cut_off_anywhere_ends_bit_identical(config, tmp_path, monkeypatch, cut_at):
    loop.train(config, tmp_path / "whole")
    update, done = loop._update, []

    def cut(run, batch):
        if len(done) == cut_at:
            raise KeyboardInterrupt
        done.append(1)
        return update(run, batch)

    monkeypatch.setattr(loop, "_update", cut)
    with pytest.raises(KeyboardInterrupt):
        loop.train(config, tmp_path / "cut")
    monkeypatch.setattr(loop, "_update", update)
    torch.manual_seed(99)  # whatever happened to the random state in between
    loop.train(config, tmp_path / "cut")
    assert steps(tmp_path / "cut") == steps(tmp_path / "whole")
    (step, ours), (their_step, theirs) = state(tmp_path / "cut"), state(tmp_path / "whole")
    assert step == their_step
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []
    best = [checkpoint.read(tmp_path / run / "best")[1] for run in ("cut", "whole")]
    assert all(torch.equal(best[0][name], best[1][name]) for name in best[0])


def test_a_finished_run_is_left_as_it_is(config, tmp_path):
    first = loop.train(config, tmp_path / "run")
    before = steps(tmp_path / "run")
    assert loop.train(config, tmp_path / "run").best == first.best
    assert steps(tmp_path / "run") == before


def test_a_loss_that_is_not_finite_stops_before_the_update(config, tmp_path, monkeypatch):
    seen = {}
    begin = loop.begin

    def poisoned(config, out):
        run = begin(config, out)
        run.losses["clip"] = lambda features, batch: features.image.sum() * float("nan")
        seen["before"] = {name: value.clone() for name, value in run.model.state_dict().items()}
        seen["model"] = run.model
        return run

    monkeypatch.setattr(loop, "begin", poisoned)
    with pytest.raises(TrainingStopped, match=r"Step 1: .*nan.*\.png"):
        loop.train(config, tmp_path / "run")
    assert all(torch.equal(value, seen["before"][name]) for name, value in seen["model"].state_dict().items())
    assert not (tmp_path / "run" / "latest").exists()
