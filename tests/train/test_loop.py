"""The loop on a tiny model: it learns, accounts for every row, and goes on as if never stopped."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from mmfundus.data import manifest
from mmfundus.errors import BrokenModel, TrainingStopped, UsageError
from mmfundus.train import checkpoint, finish, log, loop, start
from mmfundus.train.config import Config
from mmfundus.types import Row


@pytest.fixture
def config(tmp_path, tiny_clip, monkeypatch):
    """Twelve pictures, bright = drusen and dark = normal, and one that cannot be read; a tiny model."""
    random = np.random.default_rng(0)
    rows = []
    for i in range(16):
        drusen = i % 2 == 0
        pixels = random.integers(0, 60, (40, 40, 3), dtype=np.uint8) + (150 if drusen else 20)
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{i}.png")
        stated = ("drusen",) if drusen else ("normal",)
        rows.append(Row(f"{i}.png", "oct", patient=f"p{i}", present=stated, split="train" if i < 12 else "val"))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    rows.append(Row("broken.png", "oct", patient="pb", present=("drusen",)))
    manifest.write(rows, tmp_path / "manifest.csv")
    monkeypatch.setattr(start, "model_of", lambda config: tiny_clip())
    monkeypatch.setattr(finish, "book", lambda: {"oct": {"drusen": [("drusen", 1.0)], "normal": [("normal", 1.0)]}})
    return Config(
        manifest=str(tmp_path / "manifest.csv"), epochs=3, batch=4, lr=1e-3, lr_new=1e-2, warmup=2, checkpoint_every=2
    )


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
    for part in ("config.json", "metrics.jsonl", "latest", "best", "model/model.json"):
        assert (tmp_path / "run" / part).exists()


@pytest.mark.parametrize("cut_at", [1, 3, 4, 7])
def test_a_run_cut_off_anywhere_ends_bit_identical(config, tmp_path, monkeypatch, cut_at):
    monkeypatch.setattr(finish, "write_model", lambda run, card: None)  # seconds of ONNX export, and not the point
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


def test_another_configuration_does_not_go_on_with_a_run(config, tmp_path):
    loop.train(config, tmp_path / "run")
    other = Config(**{**config.__dict__, "lr": 5e-5})
    with pytest.raises(UsageError, match=r"lr 0\.001, not 5e-05"):
        loop.train(other, tmp_path / "run")


def test_a_folder_of_something_else_is_not_written_to(config, tmp_path):
    with pytest.raises(UsageError, match="holds no run"):
        loop.train(config, tmp_path)


def test_a_damaged_checkpoint_is_named(config, tmp_path):
    loop.train(config, tmp_path / "run")
    path = next((tmp_path / "run" / "latest").glob("state-*"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BrokenModel, match="latest/state-"):
        loop.train(config, tmp_path / "run")


def test_the_log_drops_a_torn_line_and_what_came_after_the_checkpoint(tmp_path):
    path = tmp_path / "metrics.jsonl"
    events = [{"event": "step", "step": i} for i in (1, 2, 3)] + [{"event": "stop", "step": 3}]
    path.write_text("".join(json.dumps(event) + "\n" for event in events) + '{"event": "st')
    log.Log(path).keep_until(2)
    assert [event["step"] for event in log.read(path)] == [1, 2]


def test_a_run_without_training_rows_is_refused_before_anything_is_written(config, tmp_path):
    rows = manifest.read(tmp_path / "manifest.csv").split("val")
    manifest.write(rows, tmp_path / "val.csv")
    with pytest.raises(UsageError, match="no row of split train"):
        loop.train(Config(**{**config.__dict__, "manifest": str(tmp_path / "val.csv")}), tmp_path / "run")
    assert not (tmp_path / "run").exists()
