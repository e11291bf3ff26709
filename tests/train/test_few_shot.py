"""Adapters begin at nothing, learn the shots, and leave the towers they were given alone."""

import numpy as np
import pytest
import torch

from mmfundus.models.tower_reader import TowerReader
from mmfundus.train import few_shot
from mmfundus.train.adapt import add_lora

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
Y = np.array([1.0, 1, 1, 0, 0, 0])


@pytest.fixture
def model(tiny_clip):
    return tiny_clip().eval()


@pytest.fixture
def text(model):
    words = TowerReader(model, "").texts(["no drusen", "drusen"]).astype(np.float64)
    return words / np.linalg.norm(words, axis=1, keepdims=True)


def odds(reader, text):
    return reader.images(PIXELS).astype(np.float64) @ (text[1] - text[0])


def test_without_a_step_it_is_zero_shot(model, text):
    tuned = few_shot.adapted(model, PIXELS, Y, text, rate=1e-3, steps=0)
    np.testing.assert_allclose(tuned.images(PIXELS), TowerReader(model, "").images(PIXELS), atol=1e-6)


def test_it_learns_the_shots_and_the_given_towers_stay(model, text):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = [odds(few_shot.adapted(model, PIXELS, Y, text, rate=1e-2, steps=30), text) for _ in range(2)]
    plain = odds(TowerReader(model, ""), text)
    assert found[0][Y == 1].mean() - found[0][Y == 0].mean() > plain[Y == 1].mean() - plain[Y == 0].mean()
    np.testing.assert_array_equal(*found)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_image_tower_alone_is_adapted(model):
    add_lora(model, 2, few_shot.VISUAL)
    assert {name.split(".")[1] for name, _ in model.named_parameters() if "lora_" in name} == {"visual"}


def test_the_towers_behind_a_reader(model):
    assert few_shot.towers_of(TowerReader(model, "")) is model
