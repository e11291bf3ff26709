"""Several real processes under torchrun: the losses of one, and a lost one is named."""

import os
import signal
import time
from pathlib import Path

import pytest

# As pretrained towers are trained. At a hundred times the rate, the last bit's difference grows sevenfold in 60 steps.
USUAL = ("--lr", "1e-5", "--lr-new", "1e-4", "--epochs", "5")


@pytest.fixture(scope="module")
def alone(trainer):
    """Twenty steps of one process."""
    trainer.run("alone", *USUAL, code=1)
    return "alone"


def equal_losses(trainer, out, alone):
    """At each step, within a millionth."""
    found, expected = ([event["loss"] for event in trainer.steps(run)] for run in (out, alone))
    assert len(found) >= 12
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def rank_of(pid):
    """The rank that torchrun gave a process; None for any other process."""
    try:
        told = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    return next((int(one.split(b"=")[1]) for one in told if one.startswith(b"RANK=")), None)


def process_of(trainer, rank):
    """The process of a rank of the run that is on its way in the trainer's folder."""
    found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    here = [pid for pid in found if rank_of(pid) == rank and Path(f"/proc/{pid}/cwd").readlink() == trainer.folder]
    assert len(here) == 1, here
    return here[0]


def lost(trainer, out, how, patience):
    """A run of two ranks of which the second is lost; what was said, and after how many seconds it ended."""
    process = trainer.start(out, "--epochs", "60", ranks=2)
    assert trainer.reached(out, 5, process)
    victim = process_of(trainer, 1)
    begun = time.monotonic()
    os.kill(victim, how)
    try:
        _, said = process.communicate(timeout=patience + 30)
    finally:
        if rank_of(victim) == 1:  # a stopped one is still there
            os.kill(victim, signal.SIGKILL)
    assert process.returncode == 1, said
    assert "Rank 1 gives no sign of life" in said
    return time.monotonic() - begun


def test_two_ranks_see_the_same_images_and_have_the_losses_of_one(trainer, alone):
    trainer.run("two", *USUAL, ranks=2, code=1)
    assert trainer.images("two") == trainer.images(alone)
    equal_losses(trainer, "two", alone)


@pytest.mark.slow
def test_parts_of_a_batch_change_no_loss(trainer, alone):
    trainer.run("pieces", *USUAL, "--chunk", "3", code=1)
    equal_losses(trainer, "pieces", alone)


@pytest.mark.slow
def test_weights_in_parts_have_the_losses_of_whole_ones(trainer, alone):
    trainer.run("fsdp", *USUAL, "--parallel", "fsdp", ranks=2, code=1)
    equal_losses(trainer, "fsdp", alone)


@pytest.mark.slow
def test_a_killed_rank_is_named_and_the_same_command_goes_on(trainer):
    assert lost(trainer, "killed-rank", signal.SIGKILL, 15) <= 15
    for out in ("killed-rank", "whole-rank"):
        trainer.run(out, "--epochs", "60", ranks=2, code=1)
    trainer.same("killed-rank", "whole-rank")


@pytest.mark.slow
def test_a_stopped_rank_is_named_within_a_minute(trainer):
    assert lost(trainer, "stopped-rank", signal.SIGSTOP, 60) <= 60
