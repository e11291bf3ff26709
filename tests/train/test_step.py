"""The gradient of a batch embedded in pieces is the gradient of the batch."""

import pytest
import torch

from mmfundus.losses import clip, soft_labels
from mmfundus.tensors import Batch
from mmfundus.train import step


@pytest.fixture
def batch():
    random = torch.Generator().manual_seed(1)
    n = 10
    return Batch(
        pixels=torch.randint(0, 256, (n, 32, 32, 3), dtype=torch.uint8, generator=random),
        tokens=torch.randint(1, 97, (n, 48), generator=random),
        labels=torch.randint(0, 2, (n, 3), generator=random).float(),
        texts=tuple("aabcdefghi"),
        patient=tuple(map(str, range(n))),
        eye=("",) * n,
        modality=("cfp", "oct") * 5,
        images=tuple(map(str, range(n))),
    )


def gradient(tiny_clip, batch, chunk, dropout=0.0):
    model = tiny_clip()
    model.clip.visual.head.drop.p = dropout
    model.train()
    torch.manual_seed(5)
    weights = {"clip": 0.5, "soft_labels": 2.0}
    losses = {"clip": clip.loss, "soft_labels": soft_labels.loss}
    total = step.backward(model, batch, losses, weights, chunk)
    return total, {name: parameter.grad for name, parameter in model.named_parameters()}


@pytest.mark.parametrize("chunk", [1, 3, 5, 9])
def test_pieces_change_nothing(tiny_clip, batch, chunk):
    whole, theirs = gradient(tiny_clip, batch, 0)
    total, ours = gradient(tiny_clip, batch, chunk)
    torch.testing.assert_close(total, whole, rtol=0, atol=1e-6)
    for name, expected in theirs.items():
        assert torch.linalg.norm(ours[name] - expected) <= 1e-5 * (torch.linalg.norm(expected) + 1e-3), name


def test_the_scale_gets_its_gradient_once(tiny_clip, batch):
    _, theirs = gradient(tiny_clip, batch, 0)
    _, ours = gradient(tiny_clip, batch, 3)
    assert theirs["clip.logit_scale"] != 0
    torch.testing.assert_close(ours["clip.logit_scale"], theirs["clip.logit_scale"])


def test_dropout_is_the_same_in_both_passes(tiny_clip, batch):
    """Were it not, the gradient would belong to other vectors than the loss: compare with pieces taken by hand."""
    model = tiny_clip()
    model.clip.visual.head.drop.p = 0.5
    model.train()
    seen = []
    image = model.image
    model.image = lambda pixels: seen.append(image(pixels)) or seen[-1]
    torch.manual_seed(5)
    step.backward(model, batch, {"clip": clip.loss}, {"clip": 1.0}, chunk=5)
    assert len(seen) == 4
    assert torch.equal(seen[0], seen[2])
    assert torch.equal(seen[1], seen[3])
    assert not torch.equal(seen[0], seen[1])
