"""What was read of a folder that is watched: one small file an item, named by the digest of the bytes it was read from.

An entry appears whole, by renaming, after everything that it tells of. So a kill at any moment leaves an item either
not entered, and it is done again with the same names and ids, or entered with all it made.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmfundus import tables
from mmfundus.errors import WorkError

try:
    import fcntl
except ModuleNotFoundError:  # Windows has no such lock; there nothing warns of a second watch
    fcntl = None  # type: ignore[assignment]


class Ledger:
    """Entries below a folder; one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        if fcntl:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # gone with the process, however it ends
            except OSError:
                os.close(self._lock)
                raise WorkError(
                    f"Another watch is writing to {folder.parent.name!r}. Stop it, or give another --out."
                ) from None
        for left in folder.glob("*/.*.part"):  # half a file of a process that was killed
            left.unlink(missing_ok=True)

    def has(self, digest: str) -> bool:
        """Whether these bytes were read."""
        return self._file(digest).is_file()

    def enter(self, digest: str, entry: Mapping[str, Any]) -> None:
        """Say that they were, and what came of it."""
        file = self._file(digest)
        file.parent.mkdir(exist_ok=True)
        with tables.whole(file) as beside:
            beside.write_text(json.dumps(entry, allow_nan=False) + "\n", encoding="utf-8")
        self._settle(file.parent)

    def entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Digest and entry of all, in the order of the digests."""
        for file in sorted(self.folder.glob("??/*.json")):
            yield file.stem, json.loads(file.read_text(encoding="utf-8"))

    def close(self) -> None:
        """Let another process watch."""
        os.close(self._lock)

    def _file(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.json"

    def _settle(self, folder: Path) -> None:
        """Have the renaming on the disk too, not only the bytes (POSIX promises only those)."""
        at = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(at)
        finally:
            os.close(at)
