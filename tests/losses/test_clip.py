"""The contrastive loss against open_clip's and against hand-made cases."""

import open_clip
import pytest
import torch
from torch.nn.functional import normalize

from mmfundus.losses import clip
from mmfundus.tensors import Batch, Features


def batch_of(texts, labels=None, modality="cfp"):
    n = len(texts)
    return Batch(
        pixels=torch.zeros(n, 2, 2, 3, dtype=torch.uint8),
        tokens=torch.zeros(n, 1, dtype=torch.int64),
        labels=torch.full((n, 1), float("nan")) if labels is None else torch.tensor(labels),
        texts=tuple(texts),
        patient=tuple(map(str, range(n))),
        eye=("",) * n,
        modality=(modality,) * n if isinstance(modality, str) else tuple(modality),
        images=tuple(map(str, range(n))),
    )


def features_of(n, scale=10.0, seed=0):
    random = torch.Generator().manual_seed(seed)
    image, text = (normalize(torch.randn(n, 8, generator=random), dim=-1) for _ in range(2))
    return Features(image, text, torch.tensor(scale))


def test_equals_open_clip_when_all_texts_differ():
    features = features_of(7)
    theirs = open_clip.ClipLoss()(features.image, features.text, features.scale)
    torch.testing.assert_close(clip.loss(features, batch_of("abcdefg")), theirs)


def test_perfect_pairs_cost_nothing_and_swapped_ones_their_margin():
    unit = torch.eye(2, 8)
    right = Features(unit, unit, torch.tensor(50.0))
    assert clip.loss(right, batch_of("ab")).item() == pytest.approx(0, abs=1e-6)
    swapped = Features(unit, unit.flip(0), torch.tensor(50.0))
    assert clip.loss(swapped, batch_of("ab")).item() == pytest.approx(50, abs=1e-4)


def test_images_with_the_same_words_do_not_push_each_other_away():
    """Two images, one caption: the best that can be reached is log 2, and it is reached without a gradient."""
    vector = normalize(torch.ones(1, 8), dim=-1).repeat(2, 1).requires_grad_()
    loss = clip.loss(Features(vector, vector.detach(), torch.tensor(100.0)), batch_of("aa"))
    loss.backward()
    assert loss.item() == pytest.approx(torch.log(torch.tensor(2.0)).item(), abs=1e-6)
    assert vector.grad.abs().max() == pytest.approx(0, abs=1e-6)
