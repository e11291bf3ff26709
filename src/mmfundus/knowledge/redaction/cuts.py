"""A part of a note that identifies somebody, and what stands in its place."""

import re
from typing import NamedTuple

KINDS = ("NAME", "PLACE", "DATE", "ID", "PHONE", "EMAIL", "URL", "AGE")
PLACEHOLDER = re.compile(rf"\[({'|'.join(KINDS)})(?: (\d{{4}}))?\]")


class Cut(NamedTuple):
    """What must not leave: its kind, one of KINDS, and where it stands."""

    kind: str
    start: int
    end: int
    year: str = ""  # of a date, where it may stay

    @property
    def placeholder(self) -> str:
        """What is written instead."""
        return f"[{self.kind} {self.year}]" if self.year else f"[{self.kind}]"
