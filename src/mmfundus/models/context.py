"""Longer texts than a tower was made for: its position embeddings stretched."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmfundus.errors import UsageError
from mmfundus.models.tokens import Tokens
from mmfundus.models.towers import FundusCLIP


def stretch(model: FundusCLIP, tokens: int) -> None:
    """Let the text tower take `tokens` tokens, in place.

    Learned positions are interpolated linearly to the new number, so each place keeps its
    meaning relative to the text's ends (as images' are for another size: Dosovitskiy et al. 2021,
    section 3.2). A model that is stretched needs training before it is as good as it was. Towers
    whose positions reach further than their tokenizer lets through are only told to. Raises
    UsageError for fewer tokens than the model has.
    """
    had = model.tokens.context
    if tokens < had:
        raise UsageError(f"context is {tokens}, but the model takes {had} tokens already. Give more, or leave it out.")
    text = model.clip.text
    if hasattr(text, "positional_embedding"):
        _stretch_clip(text, tokens)
        model.architecture["open_clip"]["text_cfg"]["context_length"] = tokens
    else:
        most = text.config.max_position_embeddings - _unused(text.transformer)
        if tokens > most:
            raise UsageError(f"context is {tokens}; this text tower reaches to {most} tokens.")
    model.tokens = Tokens(model.tokens.json, tokens, model.tokens.pad, model.tokens.fixed)


def _stretch_clip(text: Any, tokens: int) -> None:
    """CLIP's own text tower: positions, and the mask that lets a token see only those before it."""
    text.positional_embedding = nn.Parameter(_stretched(text.positional_embedding.detach(), tokens))
    if getattr(text, "attn_mask", None) is not None:
        mask = torch.full((tokens, tokens), float("-inf")).triu_(1)
        text.register_buffer("attn_mask", mask, persistent=False)
    for name in ("context_length", "num_pos"):
        if hasattr(text, name):
            setattr(text, name, tokens)


def _unused(transformer: Any) -> int:
    """Positions that no token ever has: RoBERTa (Liu et al. 2019) counts from behind that of its padding."""
    positions = getattr(getattr(transformer, "embeddings", None), "position_embeddings", None)
    padding = getattr(positions, "padding_idx", None)
    return 0 if padding is None else int(padding) + 1


def _stretched(positions: Tensor, tokens: int) -> Tensor:
    return F.interpolate(positions.T[None], size=tokens, mode="linear", align_corners=True)[0].T.contiguous()
