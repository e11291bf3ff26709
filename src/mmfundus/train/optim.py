"""AdamW over four groups (pretrained or new, decayed or not) and the learning-rate schedule."""

import math

import torch
from torch import nn

from mmfundus.models.towers import FundusCLIP
from mmfundus.train.config import Config


def optimizer(model: FundusCLIP, config: Config) -> torch.optim.AdamW:
    """AdamW (Loshchilov & Hutter 2019); gains, biases and the logit scale are not decayed."""
    _lock(model, config)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            rate = config.lr_new if model.is_new(name) else config.lr
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": group, "lr": rate, "peak": rate, "weight_decay": decay} for (rate, decay), group in groups.items()],
        betas=config.betas,
        foreach=False,  # one kernel a tensor: the same bits on every machine size
    )


def set_rate(optimizer: torch.optim.Optimizer, config: Config, step: int, steps: int) -> float:
    """Set each group's rate for `step` (0-based) of `steps`; returns the pretrained weights' rate."""
    factor = schedule(config, step, steps)
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor
    return config.lr * factor


def schedule(config: Config, step: int, steps: int) -> float:
    """Factor on the peak rate: linear warm-up, then constant or half a cosine to zero."""
    if step < config.warmup:
        return (step + 1) / config.warmup
    if config.schedule == "constant":
        return 1.0
    done = (step - config.warmup) / max(1, steps - config.warmup)
    return (1 + math.cos(math.pi * done)) / 2


def _lock(model: FundusCLIP, config: Config) -> None:
    for name, parameter in model.named_parameters():
        image = name.startswith("clip.visual.")
        text = not image and not name.startswith(("clip.logit_scale", "clip.logit_bias"))
        locked = (config.lock_image and image) or (config.lock_text and text)
        parameter.requires_grad = not locked or (model.is_new(name) and not text)
