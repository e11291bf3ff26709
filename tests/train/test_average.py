"""The mean of weights by hand, and that the model has it only for as long as asked."""

import pytest
import torch

from mmfundus.train.average import Average


@pytest.fixture
def model():
    """One weight of 1 that learns and one of 5 that does not."""
    model = torch.nn.Linear(1, 1)
    model.weight.data.fill_(1.0)
    model.bias.data.fill_(5.0)
    model.bias.requires_grad_(False)
    return model


def test_the_mean_rises_to_its_decay(model):
    """Decays are 2/11, 3/12 and then the 0.3 asked for, as (1 + t) / (10 + t) is 4/13 at the third step."""
    average = Average(model, 0.3)
    expected = 1.0
    for step, decay in enumerate((2 / 11, 3 / 12, 0.3, 0.3), start=1):
        model.weight.data.fill_(10.0 * step)
        average.take(step)
        expected = decay * expected + (1 - decay) * 10 * step
        assert average.means["weight"].item() == pytest.approx(expected)
    assert average.means["bias"].item() == 5.0


def test_a_weight_that_does_not_move_is_its_mean_to_the_bit(model):
    model.weight.data.fill_(0.1)
    average = Average(model, 0.999)
    for step in range(1, 200):
        average.take(step)
    assert torch.equal(average.means["weight"], model.weight.data)


def test_the_mean_is_in_place_for_as_long_as_asked(model):
    average = Average(model, 0.9)
    model.weight.data.fill_(3.0)
    with average.in_place():
        assert model.weight.item() == 1.0
    assert model.weight.item() == 3.0
    with pytest.raises(KeyError), average.in_place():
        raise KeyError
    assert model.weight.item() == 3.0
    assert model.weight.requires_grad
    assert not model.bias.requires_grad
    assert average.means["weight"].item() == 1.0


def test_a_saved_mean_goes_on(model):
    average, other = Average(model, 0.9), Average(model, 0.9)
    model.weight.data.fill_(2.0)
    average.take(1)
    other.restore({name: value.clone() for name, value in average.means.items()})
    for one in (average, other):
        one.take(2)
    assert torch.equal(average.means["weight"], other.means["weight"])
    with pytest.raises(AssertionError):
        other.restore({"weight": torch.ones(1, 1)})
