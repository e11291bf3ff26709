"""The gradient of one global batch, whatever fits into memory at once.

With `chunk` the batch is embedded in pieces and the gradient is exact all the same (gradient
cache: Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited
Setup"): embed without graphs, compute the loss and its gradient with respect to the vectors,
embed each piece again with a graph and pass its share of that gradient on.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from mmfundus.tensors import Batch, Features
from mmfundus.train import distributed

Losses = Mapping[str, Callable[[Features, Batch], Tensor]]


def backward(
    model: nn.Module, batch: Batch, losses: Losses, weights: Mapping[str, float], chunk: int = 0, bf16: bool = False
) -> Float[Tensor, ""]:
    """Add the gradient of the weighted losses over all ranks' samples to the model; returns their sum."""
    known = distributed.gather_batch(batch)
    if not chunk or len(batch) <= chunk:
        total = _total(distributed.gather(_embed(model, batch, bf16)), known, losses, weights)
        total.backward()  # type: ignore[no-untyped-call]
        return total.detach()
    pieces = list(_pieces(batch, chunk))
    kept, states = [], []
    with torch.no_grad():
        for piece in pieces:
            states.append(torch.get_rng_state())
            kept.append(_embed(model, piece, bf16))
    leaves = _leaves(kept)
    total = _total(distributed.gather(leaves), known, losses, weights)
    total.backward()  # type: ignore[no-untyped-call]
    after = torch.get_rng_state()
    first = 0
    for number, (piece, state) in enumerate(zip(pieces, states, strict=True)):
        torch.set_rng_state(state)  # the same dropout as the first time
        rows = slice(first, first + len(piece))
        last = number == len(pieces) - 1
        with _without_sync(model, unless=last):
            _surrogate(_embed(model, piece, bf16), leaves, rows, last).backward()  # type: ignore[no-untyped-call]
        first = rows.stop
    torch.set_rng_state(after)
    return total.detach()


def _embed(model: nn.Module, batch: Batch, bf16: bool) -> Features:
    device = batch.pixels.device.type
    with torch.autocast(device, torch.bfloat16) if bf16 else nullcontext():
        found: Features = model(batch.pixels, batch.tokens)
    return replace(found, image=found.image.float(), text=found.text.float(), scale=found.scale.float())


def _total(features: Features, known: Batch, losses: Losses, weights: Mapping[str, float]) -> Float[Tensor, ""]:
    return torch.stack([weight * losses[name](features, known) for name, weight in weights.items()]).sum()


def _pieces(batch: Batch, chunk: int) -> Iterator[Batch]:
    """The batch in parts of `chunk` samples."""
    names = ("pixels", "tokens", "labels", "texts", "patient", "eye", "modality", "images")
    for start in range(0, len(batch), chunk):
        yield replace(batch, **{name: getattr(batch, name)[start : start + chunk] for name in names})


def _leaves(kept: list[Features]) -> Features:
    """The embedded pieces as one, its tensors the leaves at which the loss's gradient is collected."""
    bias = kept[0].bias
    return Features(
        image=torch.cat([piece.image for piece in kept]).requires_grad_(),
        text=torch.cat([piece.text for piece in kept]).requires_grad_(),
        scale=kept[0].scale.detach().clone().requires_grad_(),
        bias=None if bias is None else bias.detach().clone().requires_grad_(),
    )


def _surrogate(piece: Features, leaves: Features, rows: slice, last: bool) -> Float[Tensor, ""]:
    """A number whose gradient is the loss's, for these rows; scale and bias belong to the last piece alone."""
    assert leaves.image.grad is not None
    parts = [(piece.image * leaves.image.grad[rows]).sum()]
    if leaves.text.grad is not None:  # an image-image loss has none
        parts.append((piece.text * leaves.text.grad[rows]).sum())
    for ours, leaf in ((piece.scale, leaves.scale), (piece.bias, leaves.bias)):
        if ours is not None and leaf is not None and leaf.grad is not None:
            parts.append(ours * leaf.grad * last)
    return torch.stack(parts).sum()


def _without_sync(model: nn.Module, unless: bool) -> AbstractContextManager[None]:
    if isinstance(model, DistributedDataParallel) and not unless:
        return model.no_sync()
    return nullcontext()
