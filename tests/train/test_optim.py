"""Which weights learn, at which rate, and how the rate goes."""

import math

import pytest

from mmfundus.train import optim
from mmfundus.train.config import Config


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
