"""AdamW over groups of one rate and one decay, the learning-rate schedule, and the gradient's norm."""

import math
from collections.abc import Iterable

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from mmfundus.models.towers import FundusCLIP
from mmfundus.train import distributed
from mmfundus.train.adapt import learns, unsharded
from mmfundus.train.config import Config
from mmfundus.train.layers import layers

# Of the logarithm of the logit scale (Radford et al. 2021, section 2.5). A hair below, for in float32 the
# exponential of the very logarithm is above 100: the towers would clamp it, and it had no gradient any more.
LARGEST_SCALE = math.log(100) - 1e-6


def optimizer(model: FundusCLIP, config: Config) -> torch.optim.AdamW:
    """AdamW (Loshchilov & Hutter 2019) of all that ever learns; gains, biases and the logit scale are not decayed.

    A pretrained layer's rate is `lr` times `layer_decay` to the power of its distance from the
    tower's end; what starts new has `lr_new`.
    """
    ever = learns(model, config, step=2**62)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    layer = layers(name for name, _ in model.named_parameters())
    for name, parameter in model.named_parameters():
        if name in ever:
            pretrained = config.lr * config.layer_decay ** layer[name].depth
            rate = config.lr_new if model.is_new(name) else pretrained
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": group, "lr": rate, "peak": rate, "weight_decay": decay} for (rate, decay), group in groups.items()],
        betas=config.betas,
        eps=config.eps,
        fused=True,  # one pass over each tensor instead of a dozen
    )


def set_rate(optimizer: torch.optim.Optimizer, config: Config, step: int, steps: int) -> float:
    """Set each group's rate for `step` (0-based) of `steps`; returns the pretrained weights' rate."""
    factor = schedule(config, step, steps)
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor
    return config.lr * factor


def schedule(config: Config, step: int, steps: int) -> float:
    """Factor on the peak rate: linear warm-up, then constant or half a cosine, and a linear cool-down at the end.

    The cool-down takes a constant rate to zero within the last `cooldown` steps (Zhai et al. 2022,
    section 3.5); a cosine gets there by itself, and the smaller of the two counts.
    """
    if step < config.warmup:
        return (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, steps - config.warmup)
    factor = 1.0 if config.schedule == "constant" else (1 + math.cos(math.pi * done)) / 2
    return min(factor, (steps - step) / config.cooldown) if config.cooldown else factor


def average_unsharded(model: FundusCLIP) -> None:
    """Average over the ranks what FSDP leaves alone. A plain model, or one in DDP, needs none of it."""
    if not distributed.together() or not any(isinstance(p, DTensor) for p in model.parameters()):
        return
    for parameter in unsharded(model):
        if parameter.grad is not None:
            dist.all_reduce(parameter.grad)
            parameter.grad /= dist.get_world_size()


def clip_norm(parameters: Iterable[nn.Parameter], largest: float) -> Float[Tensor, ""]:
    """The gradient's norm over all ranks' weights; a longer gradient is shortened to `largest` (0 = never)."""
    learning = [p for p in parameters if p.grad is not None]
    sharded = [p for p in learning if isinstance(p, DTensor)]
    kinds = [some for some in (sharded, [p for p in learning if not isinstance(p, DTensor)]) if some]
    parts = [torch.nn.utils.get_total_norm([p.grad for p in some if p.grad is not None]) for some in kinds]
    whole = [part.full_tensor() if isinstance(part, DTensor) else part for part in parts]
    norm: Tensor = torch.linalg.vector_norm(torch.stack(whole))
    for some in kinds if largest else ():
        torch.nn.utils.clip_grads_with_norm_(some, largest, norm)
    return norm


@torch.no_grad()
def clamp_scale(model: FundusCLIP) -> None:
    """Keep the logit scale within 1 to 100. Were only its use clamped, beyond 100 it would never learn again."""
    model.clip.logit_scale.clamp_(0, LARGEST_SCALE)
