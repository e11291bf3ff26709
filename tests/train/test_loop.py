"""The loop on a tiny model: it learns, accounts for every row, and goes on as if never stopped."""

import os
import signal
from contextlib import ExitStack
from dataclasses import replace

import pytest
import torch

from mmfundus.data import manifest
from mmfundus.errors import TrainingStopped
from mmfundus.train import checkpoint, log, loop, start
from mmfundus.train.watch import Score, Validation
from mmfundus.types import Row

pytestmark = pytest.mark.usefixtures("no_export")


def steps(out):
    return events(out, "step")


def state(out, folder="latest"):
    facts, tensors = checkpoint.read(out / folder, pytest.fail)
    return facts["step"], tensors


def events(out, kind):
    return [event for event in log.read(out / "metrics.jsonl") if event["event"] == kind]


def same(one, other):
    assert one.keys() == other.keys()
    return [name for name in one if not torch.equal(one[name], other[name])] == []


def test_it_learns_and_accounts_for_every_row(config, tmp_path):
    summary = loop.train(replace(config, lr=1e-4, lr_new=1e-3), tmp_path / "run")
    assert summary.step == 12  # 13 rows in batches of at most 4, three times
    assert [item.item for item in summary.refused] == ["broken.png"]
    per_epoch = [sum(e["samples"] for e in steps(tmp_path / "run") if e["epoch"] == epoch) for epoch in range(3)]
    assert per_epoch == [12, 12, 12]
    # On the same rows and texts; the loss of a batch of four says more of which texts it drew.
    judged = [
        event["val_loss"] for event in log.read(tmp_path / "run" / "metrics.jsonl") if event["event"] == "evaluate"
    ]
    assert judged[-1] < 0.9 * judged[0]
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


def test_a_step_without_a_readable_sample_learns_nothing_and_is_told(config, tmp_path):
    loop.train(replace(config, batch=1, epochs=1), tmp_path / "run")
    (empty,) = [event for event in steps(tmp_path / "run") if not event["samples"]]
    assert (empty["loss"], empty["norm"], empty["losses"]) == (None, None, {})
    assert len(steps(tmp_path / "run")) == 13
    (account,) = events(tmp_path / "run", "epoch")
    assert (account["rows"], account["seen"], account["refused"], account["waiting"]) == (13, 12, ["broken.png"], 0)


def test_where_groups_are_balanced_the_account_tells_who_waits(config, tmp_path):
    loop.train(replace(config, balance="concept", epochs=4), tmp_path / "run")
    accounts = events(tmp_path / "run", "epoch")
    assert [it["seen"] + len(it["refused"]) + it["waiting"] for it in accounts] == [13] * 4
    assert sum(it["waiting"] for it in accounts) > 0


def test_it_judges_and_saves_when_asked(config, tmp_path):
    """Thirteen rows are four steps an epoch, and there are three."""
    loop.train(replace(config, evaluate_every=5, checkpoint_every=3, keep=3), tmp_path / "run")
    assert [event["step"] for event in events(tmp_path / "run", "evaluate")] == [0, 5, 10, 12]
    assert [event["step"] for event in events(tmp_path / "run", "epoch")] == [4, 8, 12]
    assert [event["step"] for event in events(tmp_path / "run", "checkpoint")] == [3, 4, 5, 6, 8, 9, 10, 12]
    kept = sorted(int(path.name[5:13]) for path in (tmp_path / "run" / "latest").iterdir())
    assert kept == [9, 10, 12]
    speed = events(tmp_path / "run", "speed")[0]
    assert speed["images_a_second"] > 0
    assert 0 <= speed["waiting"] <= 1


def test_the_best_by_loss_is_the_one_of_the_lowest(config, tmp_path):
    summary = loop.train(replace(config, watch="loss", lr_new=0.3), tmp_path / "run")
    losses = {event["step"]: event["val_loss"] for event in events(tmp_path / "run", "evaluate")}
    assert (summary.watched, summary.best) == ("loss", min(losses.values()))
    assert losses[summary.best_step] == summary.best
    assert state(tmp_path / "run", "best")[0] == summary.best_step
    assert [path.name[:13] for path in (tmp_path / "run" / "best").iterdir()] == [f"step-{summary.best_step:08d}"]


def test_with_a_mean_it_is_the_mean_that_is_judged_and_kept(config, tmp_path, monkeypatch):
    judged = []
    score = Validation.score
    seen = lambda self, model: judged.append(model.clip.logit_scale.item()) or score(self, model)  # noqa: E731
    monkeypatch.setattr(Validation, "score", seen)
    loop.train(replace(config, ema=0.8, epochs=1, patience=0), tmp_path / "run")
    (_, best), (_, latest) = state(tmp_path / "run", "best"), state(tmp_path / "run")
    means = {name.removeprefix("average/"): value for name, value in latest.items() if name.startswith("average/")}
    assert judged[-1] == means["clip.logit_scale"].item() != latest["model/clip.logit_scale"].item()
    assert state(tmp_path / "run", "best")[0] == 4
    assert same({name: best[f"model/{name}"] for name in means}, means)


def test_it_ends_where_nothing_gets_better_and_stays_ended(config, tmp_path, monkeypatch):
    values = iter([0.5, 0.9, 0.8, 0.7, 0.95])
    monkeypatch.setattr(Validation, "score", lambda self, model: (Score(macro_auroc=next(values)), ()))
    told = replace(config, evaluate_every=2, patience=2, epochs=9)
    summary = loop.train(told, tmp_path / "run")
    assert (summary.step, summary.best_step, summary.best) == (6, 2, 0.9)
    (stop,) = events(tmp_path / "run", "stop")
    assert stop["reason"] == "macro_auroc was no better in 2 evaluations"
    assert loop.train(told, tmp_path / "run") == summary


# ---- cuts ----------------------------------------------------------------------------------------------


WHOLE = {}  # runs that were not cut, by their configuration


def ends_as_if_never_cut(config, tmp_path):
    """Go on with `cut` and hold it against the run that was never cut: the log, the checkpoints."""
    key = repr(replace(config, manifest=""))
    if key not in WHOLE:
        loop.train(config, tmp_path / "whole")
        WHOLE[key] = tmp_path / "whole"
    torch.manual_seed(99)  # whatever happened to the random state in between
    loop.train(config, tmp_path / "cut")
    for kind in ("step", "evaluate", "epoch", "refused", "stop"):
        assert events(tmp_path / "cut", kind) == events(WHOLE[key], kind), kind
    for folder in ("latest", "best"):
        (step, ours), (their_step, theirs) = state(tmp_path / "cut", folder), state(WHOLE[key], folder)
        assert step == their_step
        assert same(ours, theirs)


@pytest.mark.parametrize(
    ("cut_at", "told"),
    [
        *((cut_at, {}) for cut_at in (0, 1, 3, 4, 7)),
        (7, {"ema": 0.9, "chunk": 3, "precision": "bf16"}),
        (5, {"lock_image": True, "lock_text": True, "unlock_every": 2, "layer_decay": 0.8}),
        (6, {"lora_rank": 2}),
        (5, {"balance": "concept", "pairs": True, "losses": {"siglip": 1.0, "cross_modal": 0.5}}),
    ],
)
def test_a_run_cut_off_anywhere_ends_bit_identical(config, tmp_path, monkeypatch, cut_at, told):
    config = replace(config, **told)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        at_step(patch, cut_at, interrupt)
        loop.train(config, tmp_path / "cut")
    ends_as_if_never_cut(config, tmp_path)


def at_step(patch, number, act):
    """Call `act(run)` before the update of the step after `number`."""
    update = loop._update

    def acted(run, batch):
        if run.progress.step == number:
            act(run)
        return update(run, batch)

    patch.setattr(loop, "_update", acted)


def interrupt(run):
    raise KeyboardInterrupt


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_ends_the_step_and_saves(config, tmp_path, monkeypatch, number):
    with monkeypatch.context() as patch:
        at_step(patch, 2, lambda run: os.kill(os.getpid(), number))
        with pytest.raises(TrainingStopped, match=f"Stopped by {number.name} after step 3 of 12, which is saved"):
            loop.train(replace(config, checkpoint_every=100), tmp_path / "cut")
    assert state(tmp_path / "cut")[0] == 3
    ends_as_if_never_cut(config, tmp_path)


def test_a_finished_run_is_left_as_it_is(config, tmp_path):
    first = loop.train(config, tmp_path / "run")
    before = steps(tmp_path / "run")
    assert loop.train(config, tmp_path / "run").best == first.best
    assert steps(tmp_path / "run") == before


# ---- what is not finite --------------------------------------------------------------------------------


def poisoned_loss(run, patch):
    losses = dict(run.validation.losses)
    plain = losses["clip"]
    losses["clip"] = lambda features, batch: plain(features, batch) * float("inf")
    run.validation = replace(run.validation, losses=losses)


def poisoned_gradient(run, patch):
    weight = run.model.clip.visual.head.proj.weight
    handle = weight.register_hook(lambda gradient: gradient * float("nan"))
    patch.callback(handle.remove)


def poisoned_weight(run, patch):
    run.model.clip.visual.head.proj.weight.data[0, 0] = float("nan")


def poisoned_sample(run, patch):
    def spoil(module, given, vectors):
        vectors = vectors.clone()
        vectors[1] = float("nan")
        return vectors

    patch.callback(run.model.clip.visual.register_forward_hook(spoil).remove)


def test_start_weights_that_are_not_finite_are_not_kept_as_the_best(config, tmp_path, monkeypatch, tiny_clip):
    model = tiny_clip()
    model.clip.visual.head.proj.weight.data[0, 0] = float("nan")
    monkeypatch.setattr(start, "model_of", lambda config: model)
    with pytest.raises(TrainingStopped, match=r"After step 0 model/clip\.visual\.head\.proj\.weight .* not finite"):
        loop.train(config, tmp_path / "run")
    assert list((tmp_path / "run").rglob("*.safetensors")) == []


@pytest.mark.parametrize("poison", [poisoned_loss, poisoned_gradient, poisoned_weight, poisoned_sample])
def test_what_is_not_finite_stops_before_the_update(config, tmp_path, monkeypatch, poison):
    kept = {}

    def act(run):
        poison(run, patch)
        kept["before"] = {name: value.clone() for name, value in run.model.state_dict().items()}
        kept["run"] = run

    with monkeypatch.context() as monkey, ExitStack() as patch:
        at_step(monkey, 6, act)
        with pytest.raises(TrainingStopped, match=r"^Step 7: the loss is .*(nan|inf).*\.png") as stopped:
            loop.train(config, tmp_path / "cut")
    after = kept["run"].model.state_dict()
    assert all(torch.equal(value.nan_to_num(), after[name].nan_to_num()) for name, value in kept["before"].items())
    (event,) = events(tmp_path / "cut", "not_finite")
    assert (event["step"], len(steps(tmp_path / "cut"))) == (7, 6)
    assert len(event["images"]) == (1 if poison is poisoned_sample else 3)
    assert all(image in str(stopped.value) for image in event["images"])
    for folder in ("latest", "best"):
        assert all(value.isfinite().all() for value in state(tmp_path / "cut", folder)[1].values())
    ends_as_if_never_cut(config, tmp_path)
