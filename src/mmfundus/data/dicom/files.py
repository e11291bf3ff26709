"""What the rest of the package calls: is this DICOM, what does it say, give me a frame.

Each call is answered by a worker process (`worker`); workers are kept for the next call, as many as threads ask at
once. One that takes too long or dies is replaced, and the file it was reading is refused.
"""

import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from mmfundus.data.dicom import pseudonyms
from mmfundus.errors import MissingExtra, UnreadableImage

SECONDS = 60.0  # for one frame or one header; a volume is as many calls as it has frames
MARK = 132  # bytes up to the end of "DICM"
ENDINGS = (".dcm", ".dicom", ".dic")

_idle: list["_Worker"] = []
_lock = threading.Lock()
_passing = pseudonyms.fresh()


def _forget() -> None:
    """In a forked process: the workers are its parent's, and a thread that is not here may have held the lock."""
    global _lock
    _idle.clear()
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM by its content, or by its ending claims to be; nothing else than a file is."""
    if not os.path.isfile(path):  # noqa: PTH113 - it says no to a path that none can have, where Path raises
        return False
    if path.suffix.lower() in ENDINGS:
        return True
    with open(path, "rb") as file:
        return file.read(MARK)[128:] == b"DICM"


def facts(path: Path, secret: bytes = _passing) -> Any:
    """What a file says of itself (`mmfundus.data.dicom.facts.Facts`), ids as pseudonyms under the secret.

    Without a secret they hold for this process alone. Raises UnreadableImage; MissingExtra without `[dicom]`.
    """
    told, _ = _ask({"path": str(path), "secret": secret.hex()}, path)
    from mmfundus.data.dicom.facts import Facts

    return Facts(**told["facts"])


def excerpt(path: Path, tags: Sequence[str]) -> dict[str, Any]:
    """Named attributes as DICOM's JSON, ids and names too: for what is written about the image, and for nothing else.

    Raises UnreadableImage; MissingExtra without `[dicom]`.
    """
    told, _ = _ask({"path": str(path), "tags": list(tags)}, path)
    return dict(told["header"])


def frame(path: Path, number: int) -> UInt8[np.ndarray, "h w 3"]:
    """A frame, counted from 1, as 8-bit RGB. Raises UnreadableImage; MissingExtra without `[dicom]`."""
    told, data = _ask({"path": str(path), "frame": number}, path)
    return np.frombuffer(data, np.uint8).reshape(told["shape"])


def only_frame(path: Path) -> UInt8[np.ndarray, "h w 3"]:
    """The picture of a file that holds one. Raises UnreadableImage."""
    count = facts(path).frames
    if count > 1:
        raise UnreadableImage(
            f"{path.name!r} holds {count} frames; one is needed. Name the one you mean: {path.name}#1 is the first."
        )
    return frame(path, 1)


def _ask(request: dict[str, Any], path: Path) -> tuple[dict[str, Any], bytearray]:
    with _lock:
        worker = _idle.pop() if _idle else None
    worker = worker if worker and worker.alive else _Worker()
    answered = worker.ask(request | {"path": str(Path(request["path"]).absolute())})
    if answered is None:
        raise UnreadableImage(
            f"{path.name!r} could not be decoded within {SECONDS:g} seconds, or stopped its decoder. Export it again."
        )
    with _lock:
        _idle.append(worker)
    if refused := answered[0].get("refused"):
        raise UnreadableImage(str(refused))
    return answered


class _Worker:
    """A process that answers one call at a time."""

    def __init__(self) -> None:
        if importlib.util.find_spec("pydicom") is None:
            raise MissingExtra("Reading DICOM", "dicom")
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")  # each reserves address space
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mmfundus.data.dicom.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what libraries say of a file may quote it
            env=os.environ | threads,
        )
        self._owner = os.getpid()

    @property
    def alive(self) -> bool:
        """Whether it can be asked: it runs, and this process started it (a fork would share its pipes)."""
        return self._owner == os.getpid() and self._process.poll() is None

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytearray] | None:
        """The answer, or None where the process was too slow or died."""
        assert self._process.stdin and self._process.stdout
        late = threading.Timer(SECONDS, self._process.kill)
        late.start()
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            told = json.loads(self._process.stdout.readline())
            data = bytearray(told["bytes"])
            if self._process.stdout.readinto(data) != len(data):  # type: ignore[attr-defined]
                raise EOFError
        except (OSError, ValueError, EOFError):
            self._process.kill()
            self._process.wait()
            return None
        finally:
            late.cancel()
        return told, data
