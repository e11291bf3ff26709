"""Checkpoints that are whole or absent, know whether they are damaged, and are free of pickle.

A checkpoint is one file, `step-00000200-DIGEST.safetensors`: the tensors, in its header the
facts of the run, in its name the beginning of its SHA-256. It is written beside its place,
flushed and renamed, so a cut at any instant leaves what was there before. The newest one whose
digest is right is read; torn ones are named and passed over.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mmfundus.errors import BrokenModel, TrainingStopped

NAME = re.compile(r"step-(\d{8,})-([0-9a-f]{16})\.safetensors")
Facts = dict[str, Any]
Tensors = Mapping[str, Tensor]


def save(folder: Path, tensors: Tensors, facts: Facts, keep: int = 1) -> Path:
    """Write a checkpoint of `facts["step"]`; of the others stay the newest, `keep` in all.

    Another is removed only once the new one is in place, and the new one never: one of a later
    step is damaged, or this run would have begun there. Raises TrainingStopped where it cannot be
    written, or holds a number that is not finite: nothing can go on from that.
    """
    _refuse_not_finite(tensors, facts["step"])
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{facts['step']:08d}.{os.getpid()}.part"
    try:
        save_file(dict(tensors), beside, {"mmfundus": json.dumps(facts)})
        with open(beside, "rb") as written:
            os.fsync(written.fileno())
        path = folder / f"step-{facts['step']:08d}-{_digest(beside)}.safetensors"
        beside.replace(path)
        _sync(folder)
    except (OSError, SafetensorError) as error:
        raise TrainingStopped(
            f"The checkpoint of step {facts['step']} cannot be written to {folder.name!r}: {_words(error)}. The "
            "checkpoint before it is kept. Make room there; the same command goes on from it."
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    for other in [one for one in found(folder) if one != path][keep - 1 :]:
        other.unlink()
    return path


def found(folder: Path) -> list[Path]:
    """The folder's checkpoints, newest step first."""
    named = [(NAME.fullmatch(path.name), path) for path in folder.glob("step-*.safetensors")]
    return [path for _, path in sorted(((int(name[1]), path) for name, path in named if name), reverse=True)]


def read(folder: Path, on_damage: Callable[[str], None]) -> tuple[Facts, dict[str, Tensor]] | None:
    """Facts and tensors of the newest undamaged checkpoint; None where there is none at all.

    `on_damage` is told of each that is passed over. Raises BrokenModel where all are damaged:
    to begin anew in silence would throw a run away.
    """
    paths = found(folder)
    for path in paths:
        if _digest(path) != NAME.fullmatch(path.name)[2]:  # type: ignore[index]
            on_damage(f"The checkpoint {folder.name}/{path.name} is damaged: its digest differs. It is passed over.")
            continue
        with safe_open(path, "pt") as file:
            names = file.keys()  # no mapping: it cannot be gone through itself
            return json.loads(file.metadata()["mmfundus"]), {name: file.get_tensor(name) for name in names}
    if paths:
        raise BrokenModel(
            f"Every checkpoint in {folder.name!r} is damaged. Bring one back from a copy, or give another --out."
        )
    return None


def sweep(folder: Path) -> None:
    """Remove what a process left half-written when it was killed."""
    for leftover in folder.glob(".*.part"):
        leftover.unlink()


def _refuse_not_finite(tensors: Tensors, step: int) -> None:
    for name, value in tensors.items():
        if value.is_floating_point() and not value.isfinite().all():
            raise TrainingStopped(
                f"After step {step} {name} holds numbers that are not finite; this was not saved. At step 0 look at "
                "the start weights, later lower the learning rate; the same command goes on from the last checkpoint."
            )


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _sync(folder: Path) -> None:
    """A rename is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _words(error: Exception) -> str:
    """The system's words; safetensors has them only as text around the error's number."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    number = re.search(r"(?:code:|os error) (\d+)", str(error))
    return os.strerror(int(number[1])) if number else str(error)
