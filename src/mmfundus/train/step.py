"""The gradient of one global batch, whatever fits into memory at once.

With several pieces the batch is embedded piece by piece and the gradient is exact all the same
(gradient cache: Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory
Limited Setup"): embed without graphs, compute the loss and its gradient with respect to the
vectors, embed each piece again with a graph and pass its share of that gradient on.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from mmfundus.tensors import Batch, Features
from mmfundus.train import distributed

Losses = Mapping[str, Callable[[Features, Batch], Tensor]]
Hold = Callable[[], AbstractContextManager[None]]  # while it lasts, gradients stay on their rank


@dataclass(frozen=True)
class Outcome:
    """What a global batch gave, alike on all ranks; the gradient is in the model."""

    total: Float[Tensor, ""]  # the weighted losses' sum
    losses: dict[str, Tensor]  # each by itself, not weighted
    known: Batch  # all ranks' samples, without pixels and tokens
    features: Features  # of all ranks, without gradient


def backward(
    model: nn.Module,
    batch: Batch,
    losses: Losses,
    weights: Mapping[str, float],
    pieces: int = 1,
    bf16: bool = False,
    hold: Hold = nullcontext,
) -> Outcome | None:
    """Add the gradient of the weighted losses over all ranks' samples to the model; None where no sample was read.

    `pieces` is the number of parts, the same on all ranks. `hold` keeps the gradients of all but the
    last from being sent between ranks.
    """
    known = distributed.gather_batch(batch)
    if not len(known):
        return None
    if pieces == 1:
        features = distributed.gather(_embed(model, batch, bf16))
        outcome = _outcome(features, known, losses, weights)
        outcome.total.backward()  # type: ignore[no-untyped-call]
        return _without_graph(outcome)
    parts = [batch.part(rows) for rows in _rows(len(batch), pieces)]
    kept, states = [], []
    with torch.no_grad():
        for part in parts:
            states.append(_random_state(batch))
            kept.append(_embed(model, part, bf16))
    leaves = _leaves(kept)
    outcome = _outcome(distributed.gather(leaves), known, losses, weights)
    outcome.total.backward()  # type: ignore[no-untyped-call]
    first = 0
    for number, (part, state) in enumerate(zip(parts, states, strict=True)):
        _set_random_state(batch, state)  # the same dropout as the first time
        rows, last = slice(first, first + len(part)), number == pieces - 1
        with nullcontext() if last else hold():
            _surrogate(_embed(model, part, bf16), leaves, rows, last).backward()  # type: ignore[no-untyped-call]
        first = rows.stop
    return _without_graph(outcome)


def _embed(model: nn.Module, batch: Batch, bf16: bool) -> Features:
    """Vectors of a rank's samples: a text that several share went through the tower once."""
    device = batch.pixels.device.type
    with torch.autocast(device, torch.bfloat16) if bf16 else nullcontext(), _attention(device, bf16):
        found: Features = model(batch.pixels, batch.tokens)
    # By a product and not by index, whose gradient adds up in an order that a GPU does not promise.
    chosen = (batch.text_rows()[:, None] == torch.arange(len(batch.tokens), device=batch.labels.device)).float()
    return replace(found, image=found.image.float(), text=chosen @ found.text.float(), scale=found.scale.float())


def _attention(device: str, bf16: bool) -> AbstractContextManager[None]:
    """On a CPU in bf16, attention as plain products.

    PyTorch's fused kernel is made for long sequences: at 50 tokens its backward pass takes two to three
    times as long, and at the 200 of a ViT-B/16 both are alike.
    """
    if device == "cpu" and bf16:
        return sdpa_kernel(SDPBackend.MATH)
    return nullcontext()


def _outcome(features: Features, known: Batch, losses: Losses, weights: Mapping[str, float]) -> Outcome:
    parts = {name: losses[name](features, known) for name in weights}
    # Every output takes part, if only with a gradient of zero: several ranks wait for all gradients.
    idle = features.image.sum() + features.text.sum() + features.scale
    idle = idle if features.bias is None else idle + features.bias
    total = torch.stack([weights[name] * part for name, part in parts.items()]).sum() + 0.0 * idle
    return Outcome(total, parts, known, features)


def _without_graph(outcome: Outcome) -> Outcome:
    seen = outcome.features
    return replace(
        outcome,
        total=outcome.total.detach(),
        losses={name: part.detach() for name, part in outcome.losses.items()},
        features=replace(seen, image=seen.image.detach(), text=seen.text.detach(), scale=seen.scale.detach()),
    )


def _rows(samples: int, pieces: int) -> list[slice]:
    """Parts of nearly equal size, in order; some are empty where there are fewer samples than parts."""
    ends = [samples * number // pieces for number in range(pieces + 1)]
    return [slice(first, last) for first, last in pairwise(ends)]


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
    assert leaves.image.grad is not None and leaves.text.grad is not None and leaves.scale.grad is not None
    parts = [(piece.image * leaves.image.grad[rows]).sum(), (piece.text * leaves.text.grad[rows]).sum()]
    parts.append(piece.scale * leaves.scale.grad * last)
    if piece.bias is not None and leaves.bias is not None and leaves.bias.grad is not None:
        parts.append(piece.bias * leaves.bias.grad * last)
    return torch.stack(parts).sum()


def _random_state(batch: Batch) -> tuple[Tensor, Tensor | None]:
    device = batch.pixels.device
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


def _set_random_state(batch: Batch, state: tuple[Tensor, Tensor | None]) -> None:
    torch.set_rng_state(state[0])
    if state[1] is not None:
        torch.cuda.set_rng_state(state[1], batch.pixels.device)
