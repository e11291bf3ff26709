"""What a run remembers goes out as named tensors and comes back as it was, whatever it is put into."""

import pytest
import torch

from mmfundus.train import optim, state
from mmfundus.train.average import Average
from mmfundus.train.config import Config


def trained(model, steps, seed=3):
    """A model, its optimiser and its means after a few updates, each from other pixels."""
    optimizer, average = optim.optimizer(model, Config()), Average(model, 0.9)
    for step in range(steps):
        update(model, optimizer, average, step, seed)
    return model, optimizer, average


def update(model, optimizer, average, step, seed=3):
    random = torch.Generator().manual_seed(seed + step)
    pixels = torch.randint(0, 256, (4, 32, 32, 3), dtype=torch.uint8, generator=random)
    tokens = torch.randint(1, 97, (4, 8), generator=random)
    optimizer.zero_grad()
    found = model(pixels, tokens)
    (found.scale * (found.image * found.text).sum()).backward()
    optimizer.step()
    average.take(step + 1)


def same(one, other):
    assert one.keys() == other.keys()
    return [name for name in one if not torch.equal(one[name], other[name])] == []


def test_what_is_restored_goes_on_with_the_same_bits(tiny_clip):
    ours = trained(tiny_clip(), 2)
    saved = state.everything(*ours)
    theirs = trained(tiny_clip(seed=1), 1, seed=50)  # has other weights, moments and means of its own
    state.restore(saved, *theirs)
    assert same(state.everything(*theirs), saved)
    for run in (ours, theirs):
        update(*run, step=2)
    assert same(state.everything(*ours), state.everything(*theirs))
    assert not same(state.everything(*ours), saved)


def test_everything_is_weights_moments_and_means(tiny_clip):
    model, optimizer, average = trained(tiny_clip(), 1)
    found = state.everything(model, optimizer, average)
    learning = [name for name, _ in model.named_parameters()]
    expected = {f"model/{name}" for name in model.state_dict()} | {f"average/{name}" for name in learning}
    expected |= {f"optimizer/{name}/{part}" for name in learning for part in ("step", "exp_avg", "exp_avg_sq")}
    assert found.keys() == expected
    assert state.everything(model, optimizer, None).keys() == {n for n in expected if not n.startswith("average/")}
    assert state.weights(model).keys() == {name for name in expected if name.startswith("model/")}


def test_tensors_are_copies_in_one_piece_that_share_no_memory(tiny_clip):
    """So that a file can hold them, and a step that follows does not change them."""
    model = tiny_clip()
    model.clip.visual.trunk.conv_stem.weight.data = model.clip.visual.trunk.conv_stem.weight.data.contiguous(
        memory_format=torch.channels_last
    )
    found = state.weights(model)
    assert all(value.is_contiguous() and not value.requires_grad for value in found.values())
    places = [value.untyped_storage().data_ptr() for value in found.values() if value.numel()]
    assert len(set(places)) == len(places)
    before = found["model/clip.logit_scale"].clone()
    model.clip.logit_scale.data += 1
    assert torch.equal(found["model/clip.logit_scale"], before)


def test_a_layout_in_memory_is_kept_by_what_is_put_into_it(tiny_clip):
    saved = state.everything(*trained(tiny_clip(), 1))
    model, optimizer, average = trained(tiny_clip(seed=1), 1)
    weight = model.clip.visual.trunk.conv_stem.weight
    weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    state.restore(saved, model, optimizer, average)
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert optimizer.state[weight]["exp_avg"].is_contiguous(memory_format=torch.channels_last)
    assert same(state.everything(model, optimizer, average), saved)


def test_a_parameter_that_has_not_learned_yet_has_nothing_to_remember(tiny_clip):
    model = tiny_clip()
    optimizer = optim.optimizer(model, Config())
    model.clip.logit_scale.grad = torch.tensor(1.0)
    optimizer.step()
    saved = state.everything(model, optimizer, None)
    assert {name.split("/")[1] for name in saved if name.startswith("optimizer/")} == {"clip.logit_scale"}
    other = tiny_clip(seed=1)
    fresh = optim.optimizer(other, Config())
    state.restore(saved, other, fresh)
    assert set(fresh.state) == {other.clip.logit_scale}


def test_tensors_of_another_model_are_not_taken(tiny_clip):
    saved = state.weights(tiny_clip())
    del saved["model/clip.logit_scale"]
    with pytest.raises(RuntimeError, match="logit_scale"):
        state.restore(saved, tiny_clip())
