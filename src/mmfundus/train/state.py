"""All that a run must remember between two steps, as named tensors, and put back in order.

The order of samples, their augmentation and every random generator follow from the seed and the
step, and are not kept. Tensors are whole whatever the number of ranks, so a run may go on with
another number of them.
"""

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor

from mmfundus.models.towers import FundusCLIP
from mmfundus.train.average import Average

Tensors = dict[str, Tensor]


def weights(model: FundusCLIP) -> Tensors:
    """The model's tensors. All ranks must call it: parts are brought together."""
    return {f"model/{name}": _whole(value) for name, value in model.state_dict().items()}


def everything(model: FundusCLIP, optimizer: torch.optim.Optimizer, average: Average | None) -> Tensors:
    """Weights, the optimiser's moments and the mean weights. All ranks must call it."""
    names: dict[Tensor, str] = {parameter: name for name, parameter in model.named_parameters()}
    found = weights(model)
    for parameter, kept in optimizer.state.items():
        found |= {f"optimizer/{names[parameter]}/{key}": _whole(torch.as_tensor(value)) for key, value in kept.items()}
    if average is not None:
        found |= {f"average/{name}": _whole(value) for name, value in average.means.items()}
    return found


def restore(
    tensors: Tensors, model: FundusCLIP, optimizer: torch.optim.Optimizer | None = None, average: Average | None = None
) -> None:
    """Put saved tensors back, in this order: weights, optimiser, mean weights."""
    own = model.state_dict()
    saved = _under("model/", tensors)
    model.load_state_dict({name: _like(value, own[name]) for name, value in saved.items()})
    if optimizer is not None:
        for name, parameter in model.named_parameters():
            kept = _under(f"optimizer/{name}/", tensors)
            if kept:
                optimizer.state[parameter] = {
                    key: _like(value, parameter) if value.ndim else value.to(parameter.device)
                    for key, value in kept.items()
                }
    if average is not None:
        means = _under("average/", tensors)
        average.restore({name: _like(means[name], value) for name, value in average.means.items()})


def _under(prefix: str, tensors: Tensors) -> Tensors:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _whole(value: Tensor) -> Tensor:
    """On the CPU and in one piece; its memory is its own, for the file wants no two tensors that share."""
    whole = value.full_tensor() if isinstance(value, DTensor) else value
    return whole.detach().cpu().clone(memory_format=torch.contiguous_format)


def _like(value: Tensor, own: Tensor) -> Tensor:
    """On the device, in the layout and over the ranks as the tensor whose place it takes."""
    if isinstance(own, DTensor):
        return distribute_tensor(value.to(own.device), own.device_mesh, own.placements)
    return torch.empty_like(own, dtype=value.dtype).copy_(value)
