"""A checkpoint is whole or absent: what is read back is what was saved, and damage is named."""

import json

import pytest
import torch

from mmfundus.errors import BrokenModel
from mmfundus.train import checkpoint


@pytest.fixture
def trained(tiny_clip):
    """A model and an optimiser that has something to remember."""
    model = tiny_clip().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model.image(torch.randint(0, 256, (4, 32, 32, 3), dtype=torch.uint8)).sum().backward()
    optimizer.step()
    return model, optimizer


def test_weights_optimiser_and_random_state_come_back(trained, tiny_clip, tmp_path):
    model, optimizer = trained
    checkpoint.save(tmp_path / "latest", model, optimizer, {"step": 7, "best": 0.5})
    expected = torch.rand(3)
    facts, tensors = checkpoint.read(tmp_path / "latest")
    assert (facts["step"], facts["best"]) == (7, 0.5)
    other = tiny_clip(seed=1)
    fresh = torch.optim.AdamW(other.parameters(), lr=1e-3)
    checkpoint.restore(tensors, other, fresh)
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))
    ours, theirs = optimizer.state_dict()["state"], fresh.state_dict()["state"]
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[i][name], theirs[i][name]) for i in ours for name in ours[i])


def test_weights_alone_carry_no_optimiser(trained, tmp_path):
    checkpoint.save(tmp_path / "best", trained[0], None, {"step": 1})
    _, tensors = checkpoint.read(tmp_path / "best")
    assert all(name.startswith("model/") for name in tensors)


def test_a_newer_checkpoint_replaces_the_older(trained, tmp_path):
    for step in (1, 2):
        checkpoint.save(tmp_path, trained[0], None, {"step": step})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.json", "state-00000002.safetensors"]
    assert checkpoint.read(tmp_path)[0]["step"] == 2


@pytest.mark.parametrize("call", [1, 2])  # the weights, then the pointer
def test_a_cut_while_saving_leaves_the_older_one(trained, tmp_path, monkeypatch, call):
    checkpoint.save(tmp_path, trained[0], None, {"step": 1})
    whole, calls = checkpoint.whole, []

    def cut(path):
        calls.append(path)
        if len(calls) == call:
            raise KeyboardInterrupt
        return whole(path)

    monkeypatch.setattr(checkpoint, "whole", cut)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(tmp_path, trained[0], None, {"step": 2})
    assert checkpoint.read(tmp_path)[0]["step"] == 1


def test_a_folder_without_checkpoint_has_none(tmp_path):
    assert checkpoint.read(tmp_path / "latest") is None


def test_a_damaged_checkpoint_is_named(trained, tmp_path):
    checkpoint.save(tmp_path / "latest", trained[0], None, {"step": 3})
    path = next((tmp_path / "latest").glob("state-*"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BrokenModel, match=r"latest/state-00000003\.safetensors is damaged"):
        checkpoint.read(tmp_path / "latest")


@pytest.mark.parametrize("content", ["", "{", "{}", json.dumps({"file": "gone.safetensors", "sha256": "", "step": 1})])
def test_a_pointer_that_leads_nowhere_is_named(tmp_path, content):
    (tmp_path / "checkpoint.json").write_text(content)
    with pytest.raises(BrokenModel, match="cannot be read"):
        checkpoint.read(tmp_path)
