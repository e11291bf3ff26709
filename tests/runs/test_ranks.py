"""Two processes learn what one learns; where one of them is lost, all end, its number is said, and the run goes on."""

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest
import torch

from mmfundus.data import manifest
from mmfundus.train import checkpoint, log
from mmfundus.types import Row

REFUSED = 1  # the leader's exit code where an image is refused, by name
STEPS = 20
LOSSES = '{"clip": 1.0, "soft_labels": 0.5}'  # the scene's own
SHORT = ("--epochs", 4)
# Where pictures are embedded by twos or by ones, other kernels multiply, and the losses of the first step differ by
# up to 4e-7 of their value already. Rates are small there, so that it stays the rounding of one step.
SLOW, ROUNDING = (*SHORT, "--lr", 1e-6, "--lr-new", 1e-5), 2e-6


def events(out, kind):
    return [event for event in log.read(out / "metrics.jsonl") if event["event"] == kind]


def images(out):
    return [json.loads(line) for line in (out / "images.jsonl").read_text().splitlines()]


def tensors(out, folder="latest"):
    return checkpoint.read(out / folder, pytest.fail)


def assert_near(out, other, within=1e-6):  # of the loss; float32 ends at 1e-7 of it
    """The same samples in the same order, and at each step the same loss."""
    assert images(out) == images(other)
    ours, theirs = events(out, "step"), events(other, "step")
    assert len(ours) == len(theirs) >= 12
    for one, two in zip(ours, theirs, strict=True):
        assert (one["step"], one["samples"]) == (two["step"], two["samples"])
        expected = two["loss"] if two["loss"] is None else pytest.approx(two["loss"], rel=within)
        assert one["loss"] == expected, one["step"]
    assert events(out, "epoch") == events(other, "epoch")
    assert events(out, "refused") == events(other, "refused")
    for one, two in zip(events(out, "evaluate"), events(other, "evaluate"), strict=True):
        assert one["val_loss"] == pytest.approx(two["val_loss"], rel=max(within, 1e-5))
        assert one["concepts"] == pytest.approx(two["concepts"])
        assert one["recall"] == pytest.approx(two["recall"])


def assert_same(out, other):
    assert events(out, "step") == events(other, "step")
    for folder in ("latest", "best"):
        (facts, ours), (their_facts, theirs) = tensors(out, folder), tensors(other, folder)
        assert facts == their_facts
        assert [name for name in ours | theirs if not torch.equal(ours[name], theirs[name])] == []


@pytest.fixture(scope="module")
def alone(scene, forks, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("alone") / "run"
    assert forks.run(scene.train(out, *SHORT), out.with_suffix(".txt")) == [REFUSED]
    return out


@pytest.fixture(scope="module")
def alone_slowly(scene, forks, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("alone-slowly") / "run"
    assert forks.run(scene.train(out, *SLOW), out.with_suffix(".txt")) == [REFUSED]
    return out


@pytest.fixture(scope="module")
def both(scene, forks, tmp_path_factory) -> Path:
    """The run of two ranks that nothing happens to."""
    out = tmp_path_factory.mktemp("both") / "run"
    said = out.with_suffix(".txt")
    assert forks.run(scene.train(out, *SHORT), said, ranks=2) == [REFUSED, 0], said.read_text()
    assert said.read_text().count("refused: 7.png") == 1  # one process speaks
    return out


def test_two_ranks_learn_what_one_learns(alone, both):
    assert len(images(alone)) == STEPS
    assert_near(both, alone)
    (_, ours), (_, theirs) = tensors(both), tensors(alone)
    assert ours.keys() == theirs.keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        ("--chunk", 1),
        ("--parallel", "fsdp"),
        ("--parallel", "fsdp", "--chunk", 1),
        ("--chunk", 0, "--workers", 1),
    ],
)
def test_whatever_way_two_ranks_go_they_learn_the_same(scene, forks, alone_slowly, tmp_path, options):
    out, said = tmp_path / "run", tmp_path / "said.txt"
    assert forks.run(scene.train(out, *SLOW, *options), said, ranks=2) == [REFUSED, 0], said.read_text()
    assert_near(out, alone_slowly, ROUNDING)
    assert tensors(out)[1].keys() == tensors(alone_slowly)[1].keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("losses", "options"),
    [
        (LOSSES, ("--lock-image", "--lock-text", "--unlock-every", 3)),
        (LOSSES, ("--lora-rank", 2)),
        ('{"siglip": 1.0, "cross_modal": 1.0}', ("--pairs",)),
        ('{"siglip": 1.0}', ("--parallel", "fsdp", "--chunk", 1, "--precision", "bf16")),
    ],
)
def test_adapters_locks_and_other_losses_are_the_same_over_ranks(scene, forks, tmp_path, losses, options):
    runs = [tmp_path / "alone", tmp_path / "both"]
    for ranks, out in enumerate(runs, start=1):
        said = tmp_path / f"{ranks}.txt"
        codes = forks.run(scene.train(out, *SLOW, *options, losses=losses), said, ranks=ranks)
        assert codes == [REFUSED, 0][:ranks], said.read_text()
    assert_near(runs[1], runs[0], within=1e-2 if "bf16" in options else ROUNDING)


def test_a_rank_without_a_readable_sample_takes_part_and_a_step_without_any_learns_nothing(scene, forks, tmp_path):
    """Of twelve rows eight are gone, in batches of two: one sample a rank."""
    rows = manifest.read(scene.folder / "manifest.csv").rows
    gone = [Row(f"gone-{i}.png", "oct", f"g{i}", present=("normal",)) for i in range(8)]
    table = scene.folder / "gone.csv"
    manifest.write([*rows[:4], *gone, *rows[20:]], table)
    runs = [tmp_path / "alone", tmp_path / "both"]
    for ranks, out in enumerate(runs, start=1):
        told = scene.train(out, *SLOW, "--manifest", table, "--batch", 2)
        assert forks.run(told, tmp_path / "said.txt", ranks=ranks) == [REFUSED, 0][:ranks]
    assert_near(runs[1], runs[0], ROUNDING)
    samples = [event["samples"] for event in events(runs[1], "step")]
    assert {0, 1} <= set(samples) <= {0, 1, 2}
    assert [event["loss"] is None for event in events(runs[1], "step")] == [count == 0 for count in samples]
    assert all(len(event["refused"]) == 8 and event["seen"] == 4 for event in events(runs[1], "epoch"))


# ---- a rank is lost ------------------------------------------------------------------------------------


def end_of(forks, pids, killed, said):
    """Kill a rank; how the others end, within fifteen seconds, and what they say."""
    os.kill(pids[killed], signal.SIGKILL)
    begun = time.monotonic()
    codes = forks.end(pids)
    assert time.monotonic() - begun < 15
    assert codes[killed] == -signal.SIGKILL
    assert codes[1 - killed] == 1
    assert "Traceback" not in said.read_text()
    return said.read_text()


@pytest.mark.parametrize("killed", [1, pytest.param(0, marks=pytest.mark.slow)])
def test_where_a_rank_is_killed_all_end_and_the_run_goes_on(scene, forks, both, until, tmp_path, killed):
    out, said = tmp_path / "run", tmp_path / "said.txt"
    pids = forks.start(scene.train(out, *SHORT), said, ranks=2)
    until(lambda: len(events(out, "step")) >= 7)
    assert f"mmfundus: Rank {killed} gives no sign of life" in end_of(forks, pids, killed, said)
    assert len(events(out, "step")) < STEPS
    assert forks.run(scene.train(out, *SHORT), said, ranks=2) == [REFUSED, 0]
    assert_same(out, both)


def test_where_one_rank_is_asked_to_stop_all_do_after_the_same_step(scene, forks, both, until, tmp_path):
    out, said = tmp_path / "run", tmp_path / "said.txt"
    pids = forks.start(scene.train(out, *SHORT), said, ranks=2)
    until(lambda: len(events(out, "step")) >= 3)
    os.kill(pids[1], signal.SIGTERM)
    assert forks.end(pids) == [1, 1]
    step = len(events(out, "step"))
    for asked in ("SIGTERM", "a signal to another rank"):
        assert f"Stopped by {asked} after step {step} of {STEPS}" in said.read_text()
    assert forks.run(scene.train(out, *SHORT), said, ranks=2) == [REFUSED, 0]
    assert_same(out, both)


@pytest.mark.slow
def test_a_fault_of_one_rank_is_told_by_the_other(scene, forks, tmp_path):
    said = tmp_path / "said.txt"
    assert forks.run(scene.train(tmp_path / "run", *SHORT), said, ranks=2, limit=50_000) == [1, 1]
    words = "The checkpoint of step 0 cannot be written to 'best': File too large."
    assert f"mmfundus: {words}" in said.read_text()
    # The other comes to hear the reason, or finds that nobody is there any more.
    assert re.search(rf"mmfundus: Rank 0 (stopped: {words}|gives no sign of life)", said.read_text())


@pytest.mark.slow
def test_what_two_ranks_began_one_may_end(scene, forks, alone, until, tmp_path):
    out, said = tmp_path / "run", tmp_path / "said.txt"
    pids = forks.start(scene.train(out, *SHORT), said, ranks=2)
    until(lambda: len(events(out, "step")) >= 8)
    os.kill(pids[0], signal.SIGTERM)
    assert forks.end(pids) == [1, 1]
    assert forks.run(scene.train(out, *SHORT), said) == [REFUSED]
    assert_near(out, alone)


def test_what_is_not_finite_on_one_rank_stops_all_before_the_update(scene, forks, both, tmp_path):
    out, said = tmp_path / "run", tmp_path / "said.txt"
    assert forks.run(scene.train(out, *SHORT), said, ranks=2, poison="1:6") == [1, 1]
    assert said.read_text().count("mmfundus: Step 6: the loss is nan and its gradient's norm nan") == 2
    assert len(events(out, "step")) == 5
    (event,) = events(out, "not_finite")
    assert set(event["images"]) == set(images(both)[5][2:])  # what the poisoned rank had
    for folder in ("latest", "best"):
        assert all(value.isfinite().all() for value in tensors(out, folder)[1].values())
    assert forks.run(scene.train(out, *SHORT), said, ranks=2) == [REFUSED, 0]
    assert_same(out, both)


# ---- torchrun ------------------------------------------------------------------------------------------


def rank_of_torchrun(pid: int, rank: int) -> int | None:
    """The process of a rank, once it is there."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if f"\0RANK={rank}\0" in Path(f"/proc/{child}/environ").read_text():
            return int(child)
    return None


@pytest.mark.slow
@pytest.mark.parametrize("killed", [0, 1])
def test_under_torchrun_a_killed_rank_is_told_and_a_restart_ends_with_the_same_bits(
    scene, processes, both, until, tmp_path, killed
):
    out, said = tmp_path / "run", tmp_path / "said.txt"
    (pid,) = processes.start(scene.train(out, *SHORT), said, ranks=2)
    until(lambda: len(events(out, "step")) >= 5)
    os.kill(rank_of_torchrun(pid, killed), signal.SIGKILL)
    begun = time.monotonic()
    assert processes.end([pid]) == [1]
    assert time.monotonic() - begun < 15
    # torchrun ends the others at once and names the rank itself; they may or may not have come to say it.
    assert re.search(rf"rank +: {killed} .*SIGKILL", said.read_text(), re.DOTALL)

    (pid,) = processes.start(scene.train(out, *SHORT), said, ranks=2, more=("--max-restarts=1",))
    until(lambda: len(events(out, "step")) >= 12)
    os.kill(rank_of_torchrun(pid, killed), signal.SIGKILL)
    processes.end([pid])  # 1 for the refused image
    assert (out / "model" / "model.json").is_file()
    assert_same(out, both)


@pytest.mark.slow
def test_under_torchrun_a_stopped_rank_is_told_within_a_minute(scene, processes, until, tmp_path):
    out, said = tmp_path / "run", tmp_path / "said.txt"
    (pid,) = processes.start(scene.train(out, *SHORT), said, ranks=2)
    until(lambda: len(events(out, "step")) >= 5)
    stopped = rank_of_torchrun(pid, 1)
    os.kill(stopped, signal.SIGSTOP)
    begun = time.monotonic()
    until(lambda: "mmfundus: Rank 1 gives no sign of life" in said.read_text())
    assert time.monotonic() - begun < 60
    os.kill(stopped, signal.SIGKILL)  # torchrun itself would wait half a minute more
    assert processes.end([pid]) == [1]
