"""The sigmoid loss against open_clip's and against the formula by hand."""

import math

import pytest
import torch
from open_clip.loss import SigLipLoss
from torch.nn.functional import normalize

from mmfundus.losses import siglip
from mmfundus.tensors import Batch, Features


def batch_of(texts):
    n = len(texts)
    return Batch(
        pixels=torch.zeros(n, 2, 2, 3, dtype=torch.uint8),
        tokens=torch.zeros(n, 1, dtype=torch.int64),
        labels=torch.full((n, 1), float("nan")),
        texts=tuple(texts),
        patient=tuple(map(str, range(n))),
        eye=("",) * n,
        modality=("cfp",) * n,
        images=tuple(map(str, range(n))),
    )


def features_of(n, scale=10.0, bias=None, seed=0):
    random = torch.Generator().manual_seed(seed)
    image, text = (normalize(torch.randn(n, 8, generator=random), dim=-1) for _ in range(2))
    return Features(image, text, torch.tensor(scale), None if bias is None else torch.tensor(bias))


@pytest.mark.parametrize("bias", [None, -10.0])
def test_equals_open_clip_when_all_texts_differ(bias):
    features = features_of(7, bias=bias)
    theirs = SigLipLoss()(features.image, features.text, features.scale, features.bias)
    torch.testing.assert_close(siglip.loss(features, batch_of("abcdefg")), theirs)


def test_by_hand():
    """Two images on two texts at right angles: logits are scale + bias on the diagonal and bias elsewhere."""
    unit = torch.eye(2, 8)
    features = Features(unit, unit, torch.tensor(3.0), torch.tensor(-1.0))
    expected = math.log1p(math.exp(-(3 - 1))) + math.log1p(math.exp(-1))  # a row: its own text, the other text
    assert siglip.loss(features, batch_of("ab")).item() == pytest.approx(expected)


def test_the_same_words_are_a_positive_in_whichever_row_they_stand():
    unit = torch.eye(2, 8)[:1].repeat(2, 1)
    features = Features(unit, unit, torch.tensor(3.0), torch.tensor(-1.0))
    assert siglip.loss(features, batch_of("aa")).item() == pytest.approx(2 * math.log1p(math.exp(-2)))
    assert siglip.loss(features, batch_of("ab")).item() == pytest.approx(
        math.log1p(math.exp(-2)) + math.log1p(math.exp(2))
    )


def test_a_large_margin_neither_overflows_nor_loses_its_gradient():
    unit = torch.eye(2, 8)
    image = unit.clone().requires_grad_()
    wrong = siglip.loss(Features(image, unit.flip(0), torch.tensor(1e4), torch.tensor(0.0)), batch_of("ab"))
    wrong.backward()
    assert wrong.item() == pytest.approx(1e4 + math.log(2))
    assert image.grad.isfinite().all()
    assert image.grad.abs().max() == pytest.approx(1e4 / 2)


def test_the_bias_learns():
    """From a bias of 0 the many negatives pull it down."""
    bias = torch.tensor(0.0, requires_grad=True)
    features = features_of(16)
    siglip.loss(Features(features.image, features.text, features.scale, bias), batch_of("abcdefghijklmnop")).backward()
    assert bias.grad > 1


def test_the_order_of_rows_does_not_matter():
    features, texts = features_of(6, bias=-3.0), "abbacd"
    turned = [3, 1, 5, 0, 2, 4]
    other = Features(features.image[turned], features.text[turned], features.scale, features.bias)
    torch.testing.assert_close(
        siglip.loss(other, batch_of([texts[i] for i in turned])), siglip.loss(features, batch_of(texts))
    )
