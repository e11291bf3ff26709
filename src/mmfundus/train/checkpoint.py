"""Checkpoints that are whole or absent, and free of pickle.

A checkpoint folder holds `NAME-STEP.safetensors` and `checkpoint.json`, which names that file
and its digest and is replaced in one rename: whenever a run is cut off, the folder names
either the old or the new state, and both lie whole beside it until the rename is done.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from mmfundus.errors import BrokenModel
from mmfundus.models.towers import FundusCLIP
from mmfundus.tables import whole

POINTER = "checkpoint.json"


def save(folder: Path, model: FundusCLIP, optimizer: torch.optim.Optimizer | None, facts: dict[str, Any]) -> None:
    """Write weights (and, to go on from, optimiser and random state) with `facts`, which has "step"."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"model/{name}": value for name, value in model.state_dict().items()}
    if optimizer is not None:
        tensors |= _flat(optimizer) | {"random/torch": torch.get_rng_state()}
    path = folder / f"state-{facts['step']:08d}.safetensors"
    with whole(path) as beside:
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, beside)
    with whole(folder / POINTER) as beside:
        beside.write_text(json.dumps({**facts, "file": path.name, "sha256": _digest(path)}), encoding="utf-8")
    for older in folder.glob("state-*.safetensors"):
        if older != path:
            older.unlink()


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
    """Facts and tensors of the folder's checkpoint, None where there is none yet. Raises BrokenModel."""
    pointer = folder / POINTER
    if not pointer.is_file():
        return None
    try:
        facts = json.loads(pointer.read_text(encoding="utf-8"))
        path = folder / facts["file"]
        if _digest(path) != facts["sha256"]:
            raise BrokenModel(f"The checkpoint {folder.name}/{path.name} is damaged: its digest differs.")
        return facts, load_file(path)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise BrokenModel(f"The checkpoint in {folder.name} cannot be read ({type(error).__name__}).") from None


def restore(tensors: dict[str, Tensor], model: FundusCLIP, optimizer: torch.optim.Optimizer | None) -> None:
    """Put saved tensors back, in this order: weights, optimiser, random state."""
    model.load_state_dict({name.removeprefix("model/"): v for name, v in tensors.items() if name.startswith("model/")})
    if optimizer is not None:
        for index, parameter in enumerate(_parameters(optimizer)):
            prefix = f"optimizer/{index}/"
            found = {name.removeprefix(prefix): v for name, v in tensors.items() if name.startswith(prefix)}
            if found:
                optimizer.state[parameter] = {name: value.clone() for name, value in found.items()}
        torch.set_rng_state(tensors["random/torch"])


def _parameters(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _flat(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"optimizer/{index}/{name}": torch.as_tensor(value)
        for index, parameter in enumerate(_parameters(optimizer))
        for name, value in optimizer.state.get(parameter, {}).items()
    }


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
