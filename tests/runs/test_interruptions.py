"""A run that is killed, robbed of its newest checkpoint or of its disk ends with the bits of one that was not."""

import os
import random
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
import torch

from mmfundus.train import checkpoint, log

STEPS = 40
REFUSED = 1  # the exit code of a run in which one image is refused, by name


def events(out, *kinds):
    return [event for event in log.read(out / "metrics.jsonl") if event["event"] in kinds]


def steps(out):
    return len(events(out, "step"))


def tensors(out, folder="latest"):
    return checkpoint.read(out / folder, pytest.fail)


def assert_same(out, whole):
    """Every tensor of the last and the best checkpoint, and every number that was logged."""
    for kinds in (("step",), ("evaluate",), ("epoch",), ("refused",), ("stop",)):
        assert events(out, *kinds) == events(whole, *kinds), kinds
    for folder in ("latest", "best"):
        (facts, ours), (their_facts, theirs) = tensors(out, folder), tensors(whole, folder)
        assert facts == their_facts
        assert ours.keys() == theirs.keys()
        assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []
    assert {name.split("/")[0] for name in tensors(out)[1]} == {"model", "optimizer", "average"}


@pytest.fixture(scope="module")
def whole(scene, forks, tmp_path_factory) -> Path:
    """The run that nothing happens to."""
    out = tmp_path_factory.mktemp("whole") / "run"
    assert forks.run(scene.train(out), out.with_suffix(".txt")) == [REFUSED]
    assert steps(out) == STEPS
    return out


class Killer:
    """Ends a run at a random moment: anywhere, or while a checkpoint is being written."""

    def __init__(self, seed: int) -> None:
        self.random, self.writes, self.done = random.Random(seed), 0, 0

    def wait(self, out: Path, alive) -> None:
        """Until the moment, or until the run has ended by itself."""
        before, anywhere = steps(out), self.done % 2 == 0
        more = self.random.randint(0, 5)
        while alive() and steps(out) < before + more:
            time.sleep(0.002)
        if anywhere:
            time.sleep(self.random.uniform(0, 0.2))
            return
        while alive() and not list(out.glob("*/.*.part")):
            pass

    def end(self, out: Path, pid: int, alive) -> None:
        self.wait(out, alive)
        writing = bool(list(out.glob("*/.*.part")))
        if alive():
            os.kill(pid, self.random.choice([signal.SIGKILL, signal.SIGTERM]))
            self.done += 1
            self.writes += writing


def interrupted(scene, launch, out, kills, seed, *options):
    """Kill a run so many times and let it end then."""
    killer, said = Killer(seed), out.with_suffix(".txt")
    while killer.done < kills:
        assert steps(out) < STEPS, "the run ended before it was killed often enough"
        (pid,) = launch.start(scene.train(out, *options), said)
        killer.end(out, pid, lambda pid=pid: running(pid))
        (code,) = launch.end([pid])
        assert code in (-signal.SIGKILL, -signal.SIGTERM, 1), said.read_text()  # of a step that was ended it is 1
    assert launch.run(scene.train(out, *options), said) == [REFUSED], said.read_text()
    assert "Traceback" not in said.read_text()
    return killer


def running(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be asked for its code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_killed_three_times_it_ends_with_the_same_bits(scene, forks, whole, tmp_path):
    interrupted(scene, forks, tmp_path / "run", 3, 1, "--workers", 1)
    assert_same(tmp_path / "run", whole)


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "shards"), [(0, False), (1, True), (2, False), (2, True)])
def test_killed_again_and_again_it_ends_with_the_same_bits(scene, processes, whole, tmp_path, workers, shards):
    """Six kills each of whole processes, half of them while a checkpoint is written: 24 in all."""
    options = ["--workers", workers, *(["--shards", scene.folder / "shards"] if shards else [])]
    killer = interrupted(scene, processes, tmp_path / "run", 6, workers + 10 * shards, *options)
    assert killer.writes >= 2
    assert_same(tmp_path / "run", whole)
    assert (tmp_path / "run" / "model" / "model.json").is_file()


# ---- torn files ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def half(scene, forks, until, tmp_path_factory) -> Path:
    """A run that was asked to stop on its way."""
    out = tmp_path_factory.mktemp("half") / "run"
    pids = forks.start(scene.train(out), out.with_suffix(".txt"))
    until(lambda: steps(out) >= 10)
    os.kill(pids[0], signal.SIGTERM)
    assert forks.end(pids) == [1]
    said = out.with_suffix(".txt").read_text()
    assert f"mmfundus: Stopped by SIGTERM after step {steps(out)} of {STEPS}, which is saved." in said
    assert 10 <= steps(out) < STEPS
    return out


def truncated(content: bytes) -> bytes:
    return content[:-1000]


def flipped(content: bytes) -> bytes:
    return content[:-1000] + bytes([content[-1000] ^ 1]) + content[-999:]


@pytest.mark.parametrize("harm", [truncated, flipped])
def test_a_newest_checkpoint_that_is_damaged_is_named_and_the_one_before_used(
    scene, forks, whole, half, tmp_path, harm
):
    out, said = shutil.copytree(half, tmp_path / "run"), tmp_path / "said.txt"
    newest, older = checkpoint.found(out / "latest")
    newest.write_bytes(harm(newest.read_bytes()))
    assert forks.run(scene.train(out), said) == [REFUSED]
    assert f"The checkpoint latest/{newest.name} is damaged" in said.read_text()
    assert older.name not in said.read_text()
    assert_same(out, whole)


def test_where_all_are_damaged_the_run_is_not_begun_anew(scene, forks, half, tmp_path):
    out, said = shutil.copytree(half, tmp_path / "run"), tmp_path / "said.txt"
    before = (out / "metrics.jsonl").read_bytes()
    for path in checkpoint.found(out / "latest"):
        path.write_bytes(truncated(path.read_bytes()))
    assert forks.run(scene.train(out), said) == [1]
    assert "mmfundus: Every checkpoint in 'latest' is damaged." in said.read_text()
    assert (out / "metrics.jsonl").read_bytes() == before


# ---- full disks, killed workers ------------------------------------------------------------------------


def ends_with_words(forks, pids, said, words, begun):
    assert forks.end(pids) == [1], said.read_text()
    assert time.monotonic() - begun < 10
    told = said.read_text()
    assert words in told
    assert "Traceback" not in told
    assert told.count("mmfundus: ") == 1


def test_on_a_full_disk_it_ends_with_the_words_and_goes_on_when_there_is_room(
    scene, forks, whole, until, small_disk, tmp_path
):
    disk, said = small_disk(64 << 20), tmp_path / "said.txt"
    out = disk / "run"
    pids = forks.start(scene.train(out), said)
    until(lambda: steps(out) >= 8)
    disk_of = os.statvfs(disk)
    with open(disk / "ballast", "wb", buffering=0) as ballast:
        ballast.write(bytes(disk_of.f_bavail * disk_of.f_frsize))
        begun = time.monotonic()
        while running(pids[0]):  # an old checkpoint that is removed makes no room
            with suppress(OSError):
                ballast.write(bytes(1 << 20))
    ends_with_words(forks, pids, said, "No space left on device", begun)
    facts, saved = tensors(out)
    assert 7 <= facts["step"] < STEPS
    assert all(value.isfinite().all() for value in saved.values())
    (disk / "ballast").unlink()
    assert forks.run(scene.train(out), said) == [REFUSED], said.read_text()
    assert_same(out, whole)


def test_at_a_file_size_limit_it_ends_with_the_words_and_goes_on_without(scene, forks, whole, half, until, tmp_path):
    out, said = shutil.copytree(half, tmp_path / "run"), tmp_path / "said.txt"
    size = checkpoint.found(out / "latest")[0].stat().st_size
    pids, step = forks.start(scene.train(out), said, limit=size // 2), steps(half) + 1
    until(lambda: steps(out) == step)
    begun = time.monotonic()
    ends_with_words(
        forks, pids, said, f"The checkpoint of step {step} cannot be written to 'latest': File too large.", begun
    )
    assert tensors(out)[0]["step"] == step - 1
    assert forks.run(scene.train(out), said) == [REFUSED], said.read_text()
    assert_same(out, whole)


def test_a_worker_that_is_killed_is_told_and_the_run_goes_on(scene, forks, whole, until, tmp_path):
    out, said = tmp_path / "run", tmp_path / "said.txt"
    pids = forks.start(scene.train(out, "--workers", 2), said)
    until(lambda: steps(out) >= 6)
    (children,) = [Path(f"/proc/{pids[0]}/task/{pids[0]}/children").read_text().split()]
    os.kill(int(children[0]), signal.SIGKILL)
    ends_with_words(forks, pids, said, "mmfundus: A process that reads images was killed", time.monotonic())
    assert forks.run(scene.train(out), said) == [REFUSED], said.read_text()
    assert_same(out, whole)
