"""The gradient of a batch embedded in pieces is the gradient of the batch."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch

from mmfundus.losses import clip, siglip, soft_labels
from mmfundus.models.towers import give_bias
from mmfundus.tensors import Batch
from mmfundus.train import step

LOSSES = {"clip": clip.loss, "soft_labels": soft_labels.loss, "siglip": siglip.loss}
WEIGHTS = {"clip": 0.5, "soft_labels": 2.0}


@pytest.fixture
def batch():
    """Ten samples, of which the first two and the last share a text."""
    random = torch.Generator().manual_seed(1)
    n, texts = 10, "aabcdefgha"
    return Batch(
        pixels=torch.randint(0, 256, (n, 32, 32, 3), dtype=torch.uint8, generator=random),
        tokens=torch.randint(1, 97, (len(set(texts)), 20), generator=random),
        labels=torch.randint(0, 2, (n, 3), generator=random).float(),
        texts=tuple(texts),
        patient=tuple(map(str, range(n))),
        eye=("",) * n,
        modality=("cfp", "oct") * 5,
        images=tuple(map(str, range(n))),
    )


def gradient(model, batch, pieces=1, weights=WEIGHTS, **told):
    model.train()
    model.zero_grad()
    torch.manual_seed(5)
    outcome = step.backward(model, batch, LOSSES, weights, pieces, **told)
    return outcome, {name: parameter.grad for name, parameter in model.named_parameters()}


def assert_near(ours, theirs, within=1e-5):
    for name, expected in theirs.items():
        assert torch.linalg.norm(ours[name] - expected) <= within * (torch.linalg.norm(expected) + 1e-3), name


@pytest.mark.parametrize("pieces", [2, 3, 10, 12])
def test_pieces_change_nothing(tiny_clip, batch, pieces):
    whole, theirs = gradient(tiny_clip(), batch)
    outcome, ours = gradient(tiny_clip(), batch, pieces)
    torch.testing.assert_close(outcome.total, whole.total, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(outcome.features.image, whole.features.image, rtol=0, atol=1e-6)
    assert_near(ours, theirs)


def test_it_is_the_gradient_of_the_towers_and_the_losses_by_hand(tiny_clip, batch):
    outcome, ours = gradient(tiny_clip(), batch)
    model = tiny_clip().train()
    found = model(batch.pixels, batch.tokens[[int(row) for row in batch.text_rows()]])
    parts = {name: LOSSES[name](found, batch) for name in WEIGHTS}
    total = 0.5 * parts["clip"] + 2.0 * parts["soft_labels"]
    total.backward()
    torch.testing.assert_close(outcome.total, total.detach())
    assert {name: value.item() for name, value in outcome.losses.items()} == pytest.approx(
        {name: value.item() for name, value in parts.items()}, abs=1e-6
    )
    assert_near(ours, {name: parameter.grad for name, parameter in model.named_parameters()})


def test_scale_and_bias_get_their_gradient_once(tiny_clip, batch):
    models = [tiny_clip(), tiny_clip()]
    for model in models:
        give_bias(model)
    _, theirs = gradient(models[0], batch, weights={"siglip": 1.0})
    _, ours = gradient(models[1], batch, 3, weights={"siglip": 1.0})
    for name in ("clip.logit_scale", "clip.logit_bias"):
        assert theirs[name] != 0
        torch.testing.assert_close(ours[name], theirs[name])


def test_what_no_loss_asks_for_has_a_gradient_of_zero_and_not_none(tiny_clip, batch):
    """Several ranks wait for all gradients."""
    images_alone = {"image": lambda features, batch: features.image.square().sum()}
    model = tiny_clip()
    give_bias(model)
    step.backward(model, batch, images_alone, {"image": 1.0})
    for name in ("clip.text.token_embedding.weight", "clip.logit_scale", "clip.logit_bias"):
        assert model.get_parameter(name).grad.abs().max() == 0


def test_of_no_sample_nothing_is_learned(tiny_clip, batch):
    outcome, grads = gradient(tiny_clip(), batch.part(slice(0, 0)))
    assert outcome is None
    assert set(grads.values()) == {None}


def test_gradients_are_held_back_in_all_pieces_but_the_last(tiny_clip, batch):
    held = []

    @contextmanager
    def hold():
        held.append("in")
        yield
        held.append("out")

    gradient(tiny_clip(), batch, 3, hold=hold)
    assert held == ["in", "out"] * 2
    gradient(tiny_clip(), batch, 1, hold=hold)
    assert len(held) == 4


@pytest.mark.parametrize("pieces", [1, 3])
def test_in_bf16_the_towers_round_and_the_losses_do_not(tiny_clip, batch, pieces):
    whole, theirs = gradient(tiny_clip(), batch)
    outcome, ours = gradient(tiny_clip(), batch, pieces, bf16=True)
    assert outcome.features.image.dtype == outcome.total.dtype == torch.float32
    assert {grad.dtype for grad in ours.values()} == {torch.float32}
    assert 0 < (outcome.features.image - whole.features.image).abs().max() < 0.05
    assert outcome.total.item() == pytest.approx(whole.total.item(), rel=0.02)
    assert_near(ours, theirs, within=0.2)


def test_dropout_is_the_same_in_both_passes(tiny_clip, batch):
    """Were it not, the gradient would belong to other vectors than the loss: compare with pieces taken by hand."""
    model = tiny_clip()
    model.clip.visual.head.drop.p = 0.5
    model.train()
    seen = []
    image = model.image
    model.image = lambda pixels: seen.append(image(pixels)) or seen[-1]
    torch.manual_seed(5)
    step.backward(model, batch, LOSSES, {"clip": 1.0}, pieces=2)
    assert len(seen) == 4
    assert torch.equal(seen[0], seen[2])
    assert torch.equal(seen[1], seen[3])
    assert not torch.equal(seen[0], seen[1])


def test_the_outcome_holds_no_graph(tiny_clip, batch):
    outcome, _ = gradient(tiny_clip(), replace(batch, refused=()), 2)
    tensors = [outcome.total, *outcome.losses.values(), outcome.features.image, outcome.features.text]
    assert not any(tensor.requires_grad for tensor in (*tensors, outcome.features.scale))
