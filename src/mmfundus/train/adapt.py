"""Towers made ready to be trained: what learns, how it is laid out in memory, and over how many processes."""

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from mmfundus.errors import UsageError
from mmfundus.models import attention
from mmfundus.models.towers import FundusCLIP
from mmfundus.train.config import Config
from mmfundus.train.distributed import World
from mmfundus.train.layers import IMAGE, NEITHER, TEXT, block_of, layers


def ready(model: FundusCLIP, config: Config, world: World) -> Callable[[], None]:
    """Change `model` in place as configured; returns what puts adapters into the weights, after training.

    The order matters: adapters before sharding, so that they are sharded too; sharding before the
    optimiser, which must see the parameters that learn.
    """
    model.to(world.device)
    model.keeps_statistics = config.batch_norm == "kept"
    if not model.keeps_statistics and world.size > 1:
        _share_statistics(model, world)
    _channels_last(model)
    if config.recompute:
        _recompute(model)
    if not config.lora_rank:  # adapters know torch's own attention only
        attention.pack(model)
    merge = add_lora(model, config.lora_rank) if config.lora_rank else lambda: None
    lock(model, config, step=0)
    if config.parallel == "fsdp" and world.size > 1:
        _shard(model, world)
    if config.compile:
        model.clip.visual.compile()
        model.clip.text.compile(dynamic=True)
    return merge


# ---- what learns -------------------------------------------------------------------------------------


def learns(model: FundusCLIP, config: Config, step: int) -> set[str]:
    """Names of the parameters that learn at a step.

    A locked tower's pretrained weights do not; with `unlock_every` its layers begin to, one after the
    other from the end. What started new always learns, but for a locked text tower's projection,
    which starts as the identity. With adapters, of pretrained weights only the scale learns.
    """
    opened = step // config.unlock_every if config.unlock_every else 0
    locked = {IMAGE: config.lock_image, TEXT: config.lock_text, NEITHER: False}
    found = set()
    for name, (tower, depth) in layers(name for name, _ in model.named_parameters()).items():
        new = model.is_new(name) and not (locked[tower] and tower == TEXT)
        frozen = locked[tower] and depth >= opened
        adapted = config.lora_rank and "lora_" not in name and tower != NEITHER
        if new or not (frozen or adapted):
            found.add(name)
    return found


def lock(model: FundusCLIP, config: Config, step: int) -> bool:
    """Let learn what learns at a step; whether that is a change."""
    wanted, before = learns(model, config, step), [p.requires_grad for p in model.parameters()]
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in wanted)
    return before != [p.requires_grad for p in model.parameters()]


def add_lora(model: FundusCLIP, rank: int, within: str = "") -> Callable[[], None]:
    """Low-rank adapters (Hu et al. 2022) on the layers of both towers; returns what adds them into the weights.

    `within` is what a layer's name must begin with: "visual." for the image tower alone.

    Scaled by 1 (alpha = rank), so that the learning rate need not change with the rank. New
    projections are trained whole. Raises UsageError where a tower has no layer to adapt.
    """
    import peft
    from peft.tuners.lora.layer import MultiheadAttention

    linear = (nn.Linear, nn.MultiheadAttention)
    targets = [
        name
        for name, module in model.clip.named_modules()
        if (isinstance(module, linear) or (isinstance(module, nn.Conv2d) and module.groups == 1))
        and name.startswith(within)
        and block_of(f"clip.{name}.weight")
        and not name.endswith(".out_proj")  # nn.MultiheadAttention reads its weight without calling it
    ]
    if not targets:
        raise UsageError("lora_rank is set, but this model has no block of linear layers to adapt. Leave it out.")
    config = peft.LoraConfig(r=rank, lora_alpha=rank, lora_dropout=0.0, target_modules=targets)
    adapters: Any = peft.LoraModel(model.clip, config, "lora")
    for module in model.modules():
        if isinstance(module, MultiheadAttention):
            _put_back(module)

    def merge() -> None:
        model.clip = adapters.merge_and_unload()

    return merge


def _put_back(attention: Any) -> None:
    """peft adds the adapters to an attention's weights before a call and takes them off after it, which rounds."""
    base = attention.base_layer
    places = ((base, "in_proj_weight"), (base.out_proj.base_layer, "weight"))
    kept: list[nn.Parameter] = []

    def before(*_: Any) -> None:
        kept[:] = [getattr(module, name) for module, name in places]

    def after(*_: Any) -> None:
        for (module, name), weight in zip(places, kept, strict=True):
            delattr(module, name)
            module.register_parameter(name, weight)

    attention.register_forward_pre_hook(before)
    attention.register_forward_hook(after)


# ---- how it lies in memory ---------------------------------------------------------------------------


def _channels_last(model: FundusCLIP) -> None:
    """Convolutions read pixels as pictures lie in memory anyhow: rows of RGB."""
    for parameter in model.clip.visual.parameters():
        if parameter.ndim == 4:
            # By a copy: a weight of one channel counts as laid out both ways, and its gradient would differ.
            parameter.data = parameter.data.clone(memory_format=torch.channels_last)


def _share_statistics(model: FundusCLIP, world: World) -> None:
    """Statistics of the whole batch on every rank; else they, and the weights, would be other ones with other ranks."""
    if world.device.type == "cpu":
        raise UsageError("batch_norm learned over several ranks needs GPUs. Leave it kept, or train in one process.")
    model.clip = nn.SyncBatchNorm.convert_sync_batchnorm(model.clip)  # type: ignore[no-untyped-call]


def _recompute(model: FundusCLIP) -> None:
    """Activations are computed twice instead of kept (Chen et al. 2016)."""
    model.clip.set_grad_checkpointing(True)
    flags = ("grad_checkpointing", "gradient_checkpointing")
    if not any(getattr(module, flag, False) for module in model.modules() for flag in flags):
        raise UsageError("recompute is set, but this model cannot compute activations twice. Leave it out.")


# ---- over how many processes -------------------------------------------------------------------------


def spread(model: FundusCLIP, config: Config, world: World) -> nn.Module:
    """What is called in training: the model itself, or one that averages its gradient over the ranks."""
    if world.size == 1 or config.parallel == "fsdp":
        return model
    devices = [world.device] if world.device.type == "cuda" else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch 2.15 renames broadcast_buffers; before it is needed
        return DistributedDataParallel(model, device_ids=devices, broadcast_buffers=False, gradient_as_bucket_view=True)


def holding(called: nn.Module) -> Callable[[], AbstractContextManager[None]]:
    """A context in which gradients are not sent between ranks yet."""
    if isinstance(called, DistributedDataParallel):
        return called.no_sync
    if hasattr(called, "set_requires_gradient_sync"):
        return contextmanager(lambda: _unsent(called))
    return nullcontext


def _unsent(sharded: Any) -> Any:
    sharded.set_requires_gradient_sync(False)
    try:
        yield
    finally:
        sharded.set_requires_gradient_sync(True)


def _shard(model: FundusCLIP, world: World) -> None:
    """FSDP2: each block's weights lie in parts on all ranks and are whole only while it computes."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method

    mesh = init_device_mesh(world.device.type, (world.size,))
    for parameter in model.parameters():
        parameter.data = parameter.data.contiguous()  # FSDP2 divides no tensor that is laid out channels last
    blocks = dict.fromkeys(block for name, _ in model.named_parameters() if (block := block_of(name)))
    for name in blocks:
        fully_shard(model.get_submodule(name), mesh=mesh)
    fully_shard(model, mesh=mesh, ignored_params=set(unsharded(model)))
    for method in ("image", "text", "positions"):
        register_fsdp_forward_method(model, method)


def unsharded(model: FundusCLIP) -> list[nn.Parameter]:
    """Scale and bias of the logits: single numbers, which FSDP does not divide."""
    return [p for name, p in model.named_parameters() if p.ndim == 0 or name.startswith("clip.logit_")]
