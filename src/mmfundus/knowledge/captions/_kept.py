"""Answers of a language model kept on disk, each under a digest of all that it depends on.

An answer is written whole before it is used, so that after a cut nothing that was answered is asked again. Files
hold the model's answer, which quotes the redacted note; never the note itself, and never a key.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmfundus import tables

LOCKS = 1024  # notes that are alike wait for one another; others do so by chance alone


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered, before anybody looked at what it means."""

    content: str
    finish: str = "stop"  # "length" where it was cut off
    declined: str = ""  # what a model says that does not want to answer
    tokens_in: int = 0
    tokens_out: int = 0
    served: str = ""  # the model that the server says it is


def key(parts: Mapping[str, Any]) -> str:
    """The digest of all that an answer depends on."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


class Kept:
    """A folder of replies by key; without a folder they are kept in memory for the run."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._memory: dict[str, Reply] = {}
        self._locks = [threading.Lock() for _ in range(LOCKS)]

    def once(self, key: str, ask: Callable[[], Reply]) -> tuple[Reply, bool]:
        """The kept reply, or that of `ask`, which is then kept; and whether it was asked now."""
        with self._locks[int(key[:8], 16) % LOCKS]:
            known = self._read(key)
            if known is not None:
                return known, False
            reply = ask()
            self._write(key, reply)
            return reply, True

    def _read(self, key: str) -> Reply | None:
        if self._folder is None:
            return self._memory.get(key)
        try:
            return Reply(**json.loads(self._path(key).read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):  # not there, or not ours: asked anew
            return None

    def _write(self, key: str, reply: Reply) -> None:
        if self._folder is None:
            self._memory[key] = reply
            return
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tables.whole(path) as beside:
            beside.write_text(json.dumps(asdict(reply)), encoding="utf-8")

    def _path(self, key: str) -> Path:
        assert self._folder is not None, "without a folder nothing has a path"
        return self._folder / key[:2] / f"{key}.json"
