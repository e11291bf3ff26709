"""A checkpoint is whole or absent: what is read back is what was saved, and damage is named."""

import errno
import os
import random
import resource
import signal
import subprocess
import time
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch

from mmfundus.errors import BrokenModel, TrainingStopped
from mmfundus.train import checkpoint

FORK = get_context("fork")  # a child that need not import torch again


def tensors_of(step: int, numbers: int = 1000) -> dict[str, torch.Tensor]:
    """Others at each step, of several kinds and shapes."""
    values = torch.arange(numbers, dtype=torch.float32) + step
    return {"model/a": values, "model/b": values[:6].view(2, 3).bfloat16(), "optimizer/a/step": torch.tensor(step)}


def save(folder: Path, *steps: int, keep: int = 9) -> list[Path]:
    return [checkpoint.save(folder, tensors_of(step), {"step": step, "best": 0.5}, keep) for step in steps]


def silent(sentence: str) -> None:
    pytest.fail(f"said: {sentence}")


def test_facts_and_tensors_come_back(tmp_path):
    save(tmp_path / "latest", 7)
    facts, tensors = checkpoint.read(tmp_path / "latest", silent)
    assert facts == {"step": 7, "best": 0.5}
    expected = tensors_of(7)
    assert tensors.keys() == expected.keys()
    for name, value in expected.items():
        assert tensors[name].dtype == value.dtype
        assert torch.equal(tensors[name], value)


def test_a_name_says_the_step_and_the_content(tmp_path):
    (path,) = save(tmp_path, 12)
    digest = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout
    assert path.name == f"step-00000012-{digest[:16]}.safetensors"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("keep", [1, 2, 5])
def test_the_last_ones_are_kept_and_the_newest_is_read(tmp_path, keep):
    for step in range(1, 5):
        save(tmp_path, step, keep=keep)
    steps = [int(checkpoint.NAME.fullmatch(path.name)[1]) for path in checkpoint.found(tmp_path)]
    assert steps == [4, 3, 2, 1][:keep]
    assert checkpoint.read(tmp_path, silent)[0]["step"] == 4


def test_steps_are_numbers_and_not_words(tmp_path):
    save(tmp_path, 99_999_999, 100_000_000)
    assert checkpoint.read(tmp_path, silent)[0]["step"] == 100_000_000


def test_what_is_no_checkpoint_is_left_alone(tmp_path):
    others = ["step-00000009.safetensors", "step-9-0123456789abcdef.safetensors", "step-00000009-xyz.safetensors", "a"]
    for name in others:
        (tmp_path / name).write_bytes(b"mine")
    save(tmp_path, 1, 2, keep=1)
    assert checkpoint.read(tmp_path, silent)[0]["step"] == 2
    assert {path.name for path in tmp_path.iterdir()} > set(others)


def test_a_folder_without_checkpoint_has_none(tmp_path):
    assert checkpoint.read(tmp_path / "latest", silent) is None
    (tmp_path / ".00000001.7.part").write_bytes(b"half")
    assert checkpoint.read(tmp_path, silent) is None
    checkpoint.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_not_saved(tmp_path, value):
    save(tmp_path, 1)
    tensors = tensors_of(2)
    tensors["model/b"][1, 2] = value
    with pytest.raises(TrainingStopped, match="After step 2 model/b holds numbers that are not finite"):
        checkpoint.save(tmp_path, tensors, {"step": 2})
    assert [path.name[:13] for path in tmp_path.iterdir()] == ["step-00000001"]


# ---- damage --------------------------------------------------------------------------------------------


def cut(content: bytes, part: float) -> bytes:
    return content[: int(len(content) * part)]


def flip(content: bytes, at: float) -> bytes:
    changed = bytearray(content)
    changed[int((len(content) - 1) * at)] ^= 1
    return bytes(changed)


@pytest.mark.parametrize("harm", [cut, flip])
@pytest.mark.parametrize("where", [0.0, 0.01, 0.5, 0.999])
def test_a_damaged_one_is_named_and_the_one_before_it_is_used(tmp_path, harm, where):
    _, newest = save(tmp_path / "latest", 1, 2)
    newest.write_bytes(harm(newest.read_bytes(), where))
    said = []
    facts, tensors = checkpoint.read(tmp_path / "latest", said.append)
    assert facts["step"] == 1
    assert torch.equal(tensors["model/a"], tensors_of(1)["model/a"])
    assert said == [f"The checkpoint latest/{newest.name} is damaged: its digest differs. It is passed over."]


def test_where_all_are_damaged_nothing_is_begun_anew(tmp_path):
    said = []
    for path in save(tmp_path / "latest", 1, 2):
        path.write_bytes(flip(path.read_bytes(), 1.0))
    with pytest.raises(BrokenModel, match="Every checkpoint in 'latest' is damaged"):
        checkpoint.read(tmp_path / "latest", said.append)
    assert len(said) == 2


def test_a_whole_one_is_never_removed_for_a_damaged_one(tmp_path):
    """Taken up before a damaged one, with fewer to keep: what is written now is all there is."""
    _, _, newest = save(tmp_path, 1, 2, 9)
    newest.write_bytes(b"torn")
    save(tmp_path, 3, keep=1)
    assert checkpoint.read(tmp_path, lambda sentence: None)[0]["step"] == 3


# ---- cuts and full disks -------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["fsync", "replace", "unlink"])
def test_a_cut_anywhere_leaves_a_whole_one(tmp_path, monkeypatch, call):
    save(tmp_path, 1)

    def cut_off(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(os if call == "fsync" else Path, call, cut_off)
    with pytest.raises(KeyboardInterrupt):
        save(tmp_path, 2, keep=1)
    monkeypatch.undo()
    checkpoint.sweep(tmp_path)
    assert checkpoint.read(tmp_path, silent)[0]["step"] == (2 if call == "unlink" else 1)


def test_killed_while_saving_again_and_again_there_is_always_a_whole_one(tmp_path):
    def go_on(folder, first):
        torch.set_num_threads(1)  # the parent's threads are not here
        for step in range(first, first + 10_000):
            checkpoint.save(folder, tensors_of(step, 300_000), {"step": step}, keep=2)

    save(tmp_path, 1)
    moments, halves, newest = random.Random(0), 0, 1
    for _ in range(12):
        child = FORK.Process(target=go_on, args=(tmp_path, newest + 1))
        child.start()
        time.sleep(moments.uniform(0.02, 0.15))
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        halves += bool(list(tmp_path.glob(".*.part")))
        checkpoint.sweep(tmp_path)
        facts, tensors = checkpoint.read(tmp_path, silent)
        assert torch.equal(
            tensors["model/a"], tensors_of(facts["step"], 300_000 if facts["step"] > 1 else 1000)["model/a"]
        )
        assert facts["step"] >= newest
        newest = facts["step"]
    assert halves, "no kill fell into a write"
    assert newest > 12, "the writers wrote nothing"


def told_by_child(folder: Path, limit: int | None = None) -> str:
    """What saving 4 MB says, in a process that may be limited to files of `limit` bytes."""
    ours, theirs = FORK.Pipe()

    def attempt() -> None:
        torch.set_num_threads(1)  # the parent's threads are not here
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            checkpoint.save(folder, tensors_of(2, 1_000_000), {"step": 2}, keep=1)
            theirs.send("written")
        except TrainingStopped as error:
            theirs.send(str(error))

    child = FORK.Process(target=attempt)
    child.start()
    child.join()
    assert child.exitcode == 0
    return ours.recv()


def still_there(folder: Path) -> None:
    assert [path.name[:13] for path in folder.iterdir()] == ["step-00000001"], "half a checkpoint was left"
    assert checkpoint.read(folder, silent)[0]["step"] == 1


@pytest.mark.parametrize("limit", [1_000, 1_000_000])
def test_a_file_size_limit_is_told_and_the_one_before_is_kept(tmp_path, limit):
    save(tmp_path / "latest", 1)
    words = f"The checkpoint of step 2 cannot be written to 'latest': {os.strerror(errno.EFBIG)}."
    assert told_by_child(tmp_path / "latest", limit).startswith(words)
    still_there(tmp_path / "latest")
    assert told_by_child(tmp_path / "latest") == "written"


def test_a_full_disk_is_told_and_the_one_before_is_kept(small_disk):
    folder = small_disk(2 << 20) / "latest"
    save(folder, 1)
    words = f"The checkpoint of step 2 cannot be written to 'latest': {os.strerror(errno.ENOSPC)}."
    assert told_by_child(folder).startswith(words)
    still_there(folder)
