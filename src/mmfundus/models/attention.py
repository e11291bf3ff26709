"""Self-attention with fewer copies, in place of torch's."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


class PackedAttention(nn.MultiheadAttention):
    """`nn.MultiheadAttention` whose queries, keys and values are one tensor: same weights, same result.

    torch takes the three apart by index, and the gradient of each index is a tensor of zeros three
    times as large with one third filled in. Taken apart by `chunk`, the gradient is put together once.
    """

    def forward(  # type: ignore[override]  # torch's options are passed on as they come
        self, query: Tensor, key: Tensor, value: Tensor, **told: Any
    ) -> tuple[Tensor, Tensor | None]:
        """Attended values of shape (b, l, d); what is not plain self-attention is left to torch."""
        mask = told.get("attn_mask")
        plain = query is key and key is value and told.get("key_padding_mask") is None and not told["need_weights"]
        if not plain or (mask is not None and mask.ndim != 2):
            return super().forward(query, key, value, **told)
        packed = F.linear(query, self.in_proj_weight, self.in_proj_bias)
        heads = (*query.shape[:2], self.num_heads, self.head_dim)
        q, k, v = (part.reshape(heads).transpose(1, 2) for part in packed.chunk(3, dim=-1))
        seen = F.scaled_dot_product_attention(q, k, v, None if mask is None else mask.to(q.dtype))
        return F.linear(seen.transpose(1, 2).flatten(2), self.out_proj.weight, self.out_proj.bias), None


def pack(model: nn.Module) -> None:
    """Let all attention of a model that can be `PackedAttention` be so, in place; the weights stay what they are."""
    for module in model.modules():
        if (
            type(module) is nn.MultiheadAttention
            and module.batch_first
            and module.in_proj_weight is not None
            and module.bias_k is None
            and not (module.add_zero_attn or module.dropout)
        ):
            module.__class__ = PackedAttention
