"""A folder that is watched: every DICOM file that arrives is handed to be read, once, whatever kills the process.

A file counts as arrived when its size and time have stood still for a while; hidden files and half-written ones
(`.part`, `.tmp`) are left alone. What was read is known by its bytes, so a copy under another name is not read again,
and a file that was refused half-copied is read when the rest is there.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmfundus.clinic.dicom.ledger import Ledger
from mmfundus.data import images
from mmfundus.errors import WorkError

HALF = (".part", ".tmp", ".partial", ".crdownload")
Read = Callable[[Path], dict[str, Any]]  # writes all that is made of a file; returns what the ledger should hold
Look = tuple[str, int, int]  # path below the inbox, bytes, time of change


@dataclass
class Watch:
    """An inbox, what to do with each file, and the ledger."""

    inbox: Path
    ledger: Ledger
    read: Read
    settled: float = 2.0  # seconds that a file must stand still
    trouble: list[str] = field(default_factory=list)  # why files of the last round have to be tried again
    _still: dict[Look, float] = field(default_factory=dict)  # looks not read yet, and since when they are so
    _known: set[Look] = field(default_factory=set)

    def __post_init__(self) -> None:
        for _, entry in self.ledger.entries():
            self._known.add((entry["file"], entry["bytes"], entry["changed"]))

    def once(self) -> Iterator[dict[str, Any]]:
        """Read what has arrived and stood still; gives each entry once it is in the ledger."""
        self.trouble.clear()
        looks = [look for look in self._looks() if look not in self._known]
        now = time.monotonic()
        self._still = {look: self._still.get(look, now) for look in looks}
        for look, since in self._still.items():
            if now - since < self.settled:
                continue
            try:
                entry = self._take(look)
            except WorkError as error:  # of whoever reads or takes the results: the file waits for the next round
                self.trouble.append(str(error))
                continue
            self._known.add(look)
            if entry:
                yield entry

    @property
    def waiting(self) -> int:
        """How many files are not read yet."""
        return len([look for look in self._still if look not in self._known])

    def _take(self, look: Look) -> dict[str, Any] | None:
        """Read one file and enter it; None where its bytes were read before, or it is gone or changed meanwhile."""
        file = self.inbox / look[0]
        try:
            digest = images.digest_bytes(file)
            if self.ledger.has(digest):
                return None
            entry = {"file": look[0], "bytes": look[1], "changed": look[2], **self.read(file)}
            if images.digest_bytes(file) != digest:
                return None  # changed while it was read: it comes again with another look
        except FileNotFoundError:
            return None
        self.ledger.enter(digest, entry)
        return entry

    def _looks(self) -> Iterator[Look]:
        for folder, below, names in os.walk(self.inbox):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in sorted(names):
                if name.startswith(".") or name.lower().endswith(HALF):
                    continue
                file = Path(folder, name)
                try:
                    status = file.stat()
                except OSError:
                    continue  # it left between two looks
                yield file.relative_to(self.inbox).as_posix(), status.st_size, status.st_mtime_ns
