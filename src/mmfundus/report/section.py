"""What a page is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: its heading, its template and the view that the template shows."""

    title: str
    template: str
    view: Mapping[str, Any]
