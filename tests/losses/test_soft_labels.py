"""Soft targets by hand: who is a neighbour, who a negative, and of whom nothing is known."""

import math

import pytest
import torch

from mmfundus.losses import clip, soft_labels
from mmfundus.tensors import Batch, Features

NAN = math.nan


def batch_of(labels, texts="", modality=None):
    n = len(labels)
    return Batch(
        pixels=torch.zeros(n, 2, 2, 3, dtype=torch.uint8),
        tokens=torch.zeros(n, 1, dtype=torch.int64),
        labels=torch.tensor(labels),
        texts=tuple(texts or map(str, range(n))),
        patient=tuple(map(str, range(n))),
        eye=("",) * n,
        modality=tuple(modality or ("cfp",) * n),
        images=tuple(map(str, range(n))),
    )


def test_similarity_is_shared_findings_over_those_known_in_both():
    similarity, comparable = soft_labels.pair_similarity(batch_of([[1.0, 1.0, 0.0], [1.0, 0.0, NAN], [0.0, NAN, 1.0]]))
    expected = torch.tensor([[1, 1 / 2, 0], [1 / 2, 1, 0], [0, 0, 1]])
    torch.testing.assert_close(similarity, expected)
    assert comparable.all()


def test_unknown_is_kept_out():
    """Diabetic retinopathy known of one, glaucoma of the other: neither neighbours nor negatives."""
    similarity, comparable = soft_labels.pair_similarity(batch_of([[1.0, NAN], [NAN, 1.0]]))
    assert comparable.tolist() == [[True, False], [False, True]]
    assert similarity.tolist() == [[1, 0], [0, 1]]


def test_both_free_of_a_disease_is_no_likeness():
    _, comparable = soft_labels.pair_similarity(batch_of([[0.0], [0.0]]))
    assert comparable.tolist() == [[True, False], [False, True]]


def test_same_words_are_alike_and_another_modality_is_not():
    similarity, comparable = soft_labels.pair_similarity(batch_of([[NAN]] * 3, "aab", ("cfp", "cfp", "oct")))
    assert similarity[0, 1] == 1
    assert comparable[0, 2]
    assert similarity[0, 2] == 0


def test_without_labels_and_with_each_its_own_modality_it_is_the_plain_loss():
    random = torch.Generator().manual_seed(1)
    image, text = (torch.nn.functional.normalize(torch.randn(4, 8, generator=random), dim=-1) for _ in range(2))
    features = Features(image, text, torch.tensor(7.0))
    batch = batch_of([[NAN]] * 4, "abcd", ("cfp", "oct", "fa", "uwf"))
    torch.testing.assert_close(soft_labels.loss(features, batch), clip.loss(features, batch))


def test_a_pair_of_which_nothing_is_known_gets_no_gradient():
    image = torch.nn.functional.normalize(torch.randn(2, 8, generator=torch.Generator().manual_seed(2)), dim=-1)
    text = image.flip(0).clone().requires_grad_()
    loss = soft_labels.loss(Features(image, text, torch.tensor(5.0)), batch_of([[1.0, NAN], [NAN, 1.0]]))
    loss.backward()
    assert loss.item() == pytest.approx(0)
    assert text.grad.abs().max() == 0
