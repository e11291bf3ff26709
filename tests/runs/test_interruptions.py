"""Runs that are cut off anywhere, in real processes, end as if nothing had been."""

import random
import resource
import shutil
import signal
import subprocess
import time

import pytest


def cut(trainer, out, how, when, options=()):
    """Begin or go on, and send a signal: once a step is reached and a moment has passed, or while it writes."""
    process = trainer.start(out, *options)
    before = trainer.state(out)[0] if (trainer.folder / out / "latest").is_dir() else 0
    if not trainer.reached(out, before + 1, process):
        return process.communicate()[1]
    if when == "writing":
        while process.poll() is None and not list((trainer.folder / out / "latest").glob(".*.part")):
            pass
    else:
        time.sleep(when)
    process.send_signal(how)
    return process.communicate(timeout=60)[1]


def disturb(trainer, undisturbed, out, cuts, options, seed):
    """As many cuts as asked for, every second one in the middle of a write, then a whole run."""
    draw = random.Random(seed)
    for number in range(cuts):
        how = draw.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
        said = cut(trainer, out, how, "writing" if number % 2 else draw.uniform(0, 0.3), options)
        assert "Traceback" not in said
        if how == signal.SIGTERM and "Stopped by" in said:
            assert "Stopped by SIGTERM after step" in said and "The same command goes on from there." in said
    trainer.run(out, *options, code=1)
    trainer.same(out, undisturbed)


def test_a_run_that_is_killed_ends_with_the_same_bits(trainer, undisturbed):
    disturb(trainer, undisturbed, "killed", 2, (), seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 1, 2])
def test_a_run_that_is_killed_at_random_moments_ends_with_the_same_bits(trainer, undisturbed, workers):
    disturb(trainer, undisturbed, f"killed{workers}", 7, ("--workers", str(workers)), seed=workers)


@pytest.mark.slow
def test_from_shards_the_bits_are_those_from_files(trainer, undisturbed):
    """Also where the run is cut: the batches are the same, so all that follows is."""
    from mmfundus.data import manifest, sharding

    sharding.write(manifest.read(trainer.folder / "manifest.csv"), trainer.folder / "shards", size=32)
    cut(trainer, "sharded", signal.SIGKILL, "writing", ("--shards", "shards"))
    trainer.run("sharded", "--shards", "shards", code=1)
    trainer.same("sharded", undisturbed)


def half_done(trainer, out):
    """A run that was killed on its way."""
    cut(trainer, out, signal.SIGKILL, 0.2)
    newest = max((trainer.folder / out / "latest").glob("step-*.safetensors"))
    return newest, trainer.state(out)[0]


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["truncated", "flipped"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(trainer, undisturbed, damage):
    newest, step = half_done(trainer, damage)
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content[: len(content) // 2] if damage == "truncated" else content)
    assert trainer.state(damage)[0] < step
    assert f"latest/{newest.name} is damaged" in trainer.run(damage, code=1)
    trainer.same(damage, undisturbed)


@pytest.mark.slow
def test_a_file_that_may_not_grow_ends_the_run_in_words_and_loses_nothing(trainer, undisturbed):
    _, step = half_done(trainer, "limited")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    process = trainer.start("limited", preexec_fn=limit)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "cannot be written to 'latest': File too large." in said
    assert trainer.state("limited")[0] == step
    trainer.run("limited", code=1)
    trainer.same("limited", undisturbed)


@pytest.mark.slow
def test_a_full_disk_ends_the_run_in_words_and_loses_nothing(trainer, undisturbed):
    disk = trainer.folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        process = trainer.start("disk/run")
        assert trainer.reached("disk/run", 4, process)
        left = shutil.disk_usage(disk).free
        (disk / "ballast").write_bytes(b"x" * max(0, left - 4096))
        begun = time.monotonic()
        _, said = process.communicate(timeout=60)
        assert time.monotonic() - begun < 10
        assert process.returncode == 1, said
        assert "No space left on device" in said
        step, _ = trainer.state("disk/run")
        assert step >= 3
        (disk / "ballast").unlink()
        trainer.run("disk/run", code=1)
        trainer.same("disk/run", undisturbed)
    finally:
        subprocess.run(["umount", "-l", disk], check=False)
