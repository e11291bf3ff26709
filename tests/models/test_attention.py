"""Attention with fewer copies is the same attention."""

import pytest
import torch
from torch import nn

from mmfundus.models.attention import PackedAttention, pack


def both(length: int = 7) -> tuple[nn.MultiheadAttention, nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    theirs, ours = (nn.MultiheadAttention(12, 3, batch_first=True) for _ in range(2))
    ours.load_state_dict(theirs.state_dict())
    holder = nn.Sequential(ours)
    pack(holder)
    assert type(holder[0]) is PackedAttention
    return theirs, holder[0], torch.randn(2, length, 12)


@pytest.mark.parametrize("masked", [False, True])
def test_values_and_gradients_are_those_of_torch(masked: bool) -> None:
    theirs, ours, x = both()
    mask = torch.full((7, 7), float("-inf")).triu_(1) if masked else None
    found = []
    for attention in (theirs, ours):
        given = x.clone().requires_grad_()
        value, weights = attention(given, given, given, need_weights=False, attn_mask=mask)
        assert weights is None
        value.square().sum().backward()
        found.append((value, given.grad, *(parameter.grad for parameter in attention.parameters())))
    for expected, value in zip(*found, strict=True):
        torch.testing.assert_close(value, expected, rtol=1e-5, atol=1e-6)


def test_what_is_no_plain_self_attention_is_left_to_torch() -> None:
    theirs, ours, x = both()
    query = torch.randn(2, 3, 12)
    assert torch.equal(ours(query, x, x, need_weights=False)[0], theirs(query, x, x, need_weights=False)[0])
    assert torch.equal(ours(x, x, x, need_weights=True)[1], theirs(x, x, x, need_weights=True)[1])
    hidden = torch.zeros(2, 7, dtype=torch.bool)
    hidden[:, -2:] = True
    told = {"need_weights": False, "key_padding_mask": hidden}
    assert torch.equal(ours(x, x, x, **told)[0], theirs(x, x, x, **told)[0])


def test_others_stay_as_they_are() -> None:
    holder = nn.ModuleList(
        [nn.MultiheadAttention(12, 3), nn.MultiheadAttention(12, 3, batch_first=True, kdim=4, vdim=4)]
    )
    pack(holder)
    assert {type(module) for module in holder} == {nn.MultiheadAttention}
