"""The mean of the weights over the last steps, which is often better than the last weights."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """Exponential moving average of the parameters that learn (Polyak & Juditsky 1992), in their own precision.

    At its start the mean is over few steps, so the decay rises as (1 + t) / (10 + t) to the one
    asked for (Tarvainen & Valpola 2017).
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model, self.decay = model, decay
        self.means = {name: p.detach().clone() for name, p in model.named_parameters()}

    @torch.no_grad()
    def take(self, step: int) -> None:
        """Take in the weights after an update; `step` counts from 1."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, parameter in self.model.named_parameters():
            self.means[name].lerp_(parameter, 1 - decay)

    def restore(self, means: Mapping[str, Tensor]) -> None:
        """Put saved means back."""
        assert means.keys() == self.means.keys()
        self.means = dict(means)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """While it lasts the model has the mean weights."""
        own = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self._write(self.means)
        try:
            yield
        finally:
            self._write(own)

    @torch.no_grad()
    def _write(self, values: Mapping[str, Tensor]) -> None:
        for name, parameter in self.model.named_parameters():
            parameter.copy_(values[name])
