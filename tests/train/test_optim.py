"""Which weights learn, at which rate, and how the rate goes."""

import math

import pytest
import torch

from mmfundus.train import adapt, optim
from mmfundus.train.config import Config
from mmfundus.train.layers import layers


def groups(tiny_clip, **told):
    """Names of the parameters in each group, by (peak rate, decay)."""
    model = tiny_clip()
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    made = optim.optimizer(model, Config(lr=1e-5, lr_new=1e-3, weight_decay=0.2, **told))
    return model, {
        (group["peak"], group["weight_decay"]): {names[id(parameter)] for parameter in group["params"]}
        for group in made.param_groups
    }


def test_new_weights_have_their_own_rate_and_gains_do_not_decay(tiny_clip):
    model, found = groups(tiny_clip)
    everything = dict(model.named_parameters())
    assert set.union(*found.values()) == set(everything)
    assert sum(len(names) for names in found.values()) == len(everything)
    for (rate, decay), names in found.items():
        assert {model.is_new(name) for name in names} == {rate == 1e-3}
        assert {everything[name].ndim > 1 for name in names} == {decay == 0.2}
    assert "clip.logit_scale" in found[1e-5, 0.0]


def test_a_locked_image_tower_still_learns_its_new_projection(tiny_clip):
    _, found = groups(tiny_clip, lock_image=True)
    learning = set.union(*found.values())
    assert {name for name in learning if name.startswith("clip.visual.")} == {"clip.visual.head.proj.weight"}
    assert "clip.text.token_embedding.weight" in learning


def test_a_locked_text_tower_does_not_learn(tiny_clip):
    _, found = groups(tiny_clip, lock_text=True)
    learning = set.union(*found.values())
    assert not any(name.startswith("clip.text.") for name in learning)
    assert {"clip.logit_scale", "clip.visual.head.proj.weight"} <= learning


def test_the_rate_rises_evenly_then_stays_or_falls_to_zero():
    constant, cosine = Config(schedule="constant", warmup=4), Config(schedule="cosine", warmup=4)
    for config in (constant, cosine):
        assert [optim.schedule(config, step, 12) for step in range(4)] == [0.25, 0.5, 0.75, 1.0]
    assert [optim.schedule(constant, step, 12) for step in (4, 11)] == [1.0, 1.0]
    assert optim.schedule(cosine, 4, 12) == 1.0
    assert optim.schedule(cosine, 8, 12) == pytest.approx(0.5)
    assert optim.schedule(cosine, 11, 12) == pytest.approx((1 + math.cos(math.pi * 7 / 8)) / 2)


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_a_run_shorter_than_its_warm_up_has_a_rate(steps):
    rates = [optim.schedule(Config(warmup=10), step, steps) for step in range(steps)]
    assert rates == sorted(rates)
    assert 0 < rates[-1] <= 1


def test_without_warm_up_the_first_step_has_the_peak_rate(tiny_clip):
    config = Config(lr=1e-5, lr_new=1e-3, warmup=0)
    made = optim.optimizer(tiny_clip(), config)
    assert optim.set_rate(made, config, 0, 10) == 1e-5
    assert {group["lr"] for group in made.param_groups} == {1e-5, 1e-3}
    assert optim.set_rate(made, config, 5, 10) == pytest.approx(5e-6)
    assert sorted({group["lr"] for group in made.param_groups}) == pytest.approx([5e-6, 5e-4])


def test_a_layers_rate_falls_with_its_distance_from_the_end(tiny_clip):
    model, found = groups(tiny_clip, layer_decay=0.5)
    rates = {name: rate for (rate, _), names in found.items() for name in names}
    assert rates["clip.text.ln_final.weight"] == 1e-5
    assert rates["clip.text.transformer.resblocks.0.ln_1.weight"] == 5e-6  # its only block
    assert rates["clip.text.token_embedding.weight"] == 2.5e-6
    assert rates["clip.visual.head.proj.weight"] == 1e-3  # new
    assert rates["clip.logit_scale"] == 1e-5
    depth = max(layer.depth for layer in layers(rates).values() if layer.tower == "image")
    assert rates["clip.visual.trunk.conv_stem.weight"] == pytest.approx(1e-5 * 0.5**depth)
    assert len(rates) == len(dict(model.named_parameters()))


def test_layers_that_open_later_are_in_the_optimiser_from_the_start(tiny_clip):
    _, locked = groups(tiny_clip, lock_image=True)
    _, opening = groups(tiny_clip, lock_image=True, unlock_every=3)
    _, free = groups(tiny_clip)
    assert opening == free != locked


def test_adapters_learn_in_place_of_their_layers(tiny_clip):
    model = tiny_clip()
    adapt.add_lora(model, 2)
    made = optim.optimizer(model, Config(lora_rank=2))
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    learning = {names[id(parameter)] for group in made.param_groups for parameter in group["params"]}
    assert {name for name in learning if "lora_" not in name} == {"clip.logit_scale", "clip.visual.head.proj.weight"}
    assert len(learning) > 10


def test_a_cool_down_takes_the_last_steps_to_zero_in_a_line():
    constant = Config(schedule="constant", warmup=2, cooldown=4)
    assert [optim.schedule(constant, step, 10) for step in range(10)] == [0.5, *[1.0] * 5, 1.0, 0.75, 0.5, 0.25]
    cosine = Config(schedule="cosine", warmup=0, cooldown=2)
    plain = Config(schedule="cosine", warmup=0)
    assert [optim.schedule(cosine, step, 10) for step in range(10)] == [optim.schedule(plain, s, 10) for s in range(10)]


# ---- the gradient's norm -------------------------------------------------------------------------------


def with_gradients(*gradients):
    parameters = [torch.nn.Parameter(torch.zeros(len(gradient))) for gradient in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = torch.tensor(gradient)
    return [*parameters, torch.nn.Parameter(torch.zeros(3))]  # the last has none


@pytest.mark.parametrize(("largest", "factor"), [(0.0, 1.0), (20.0, 1.0), (1.3, 0.1)])
def test_a_gradient_longer_than_allowed_is_shortened(largest, factor):
    parameters = with_gradients([3.0, 4.0], [12.0])
    assert optim.clip_norm(parameters, largest).item() == pytest.approx(13.0)
    assert torch.cat([p.grad for p in parameters[:2]]).tolist() == pytest.approx([3 * factor, 4 * factor, 12 * factor])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_has_no_finite_norm(value):
    assert not optim.clip_norm(with_gradients([3.0], [value]), 1.0).isfinite()


@pytest.mark.parametrize(("value", "kept"), [(-1.0, 1.0), (2.0, math.exp(2.0)), (9.0, 100.0)])
def test_the_scale_stays_between_1_and_100(tiny_clip, value, kept):
    model = tiny_clip()
    model.clip.logit_scale.data.fill_(value)
    optim.clamp_scale(model)
    assert model.clip.logit_scale.exp().item() == pytest.approx(kept, rel=1e-5)
    model.scale.backward()
    assert model.clip.logit_scale.grad > 0  # at its bounds it still learns


def test_alone_there_is_nobody_to_average_with(tiny_clip):
    model = tiny_clip()
    model.clip.logit_scale.grad = torch.tensor(2.0)
    optim.average_unsharded(model)
    assert model.clip.logit_scale.grad == 2.0
