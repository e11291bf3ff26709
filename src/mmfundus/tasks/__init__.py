"""A model and a manifest to a verdict, a task a file: what `mmfundus evaluate TASK` does before anything is written.

A task has `judge(reader, manifest, split, seed, resamples, **own)` and says in `OPTIONS` which options of its own
it takes; the command line refuses the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from mmfundus import plugins
from mmfundus.errors import UnknownName
from mmfundus.types import Embeddings, Predictions, Refusal

KIND = "task"


@dataclass(frozen=True)
class Judged:
    """An evaluation: the content of metrics.json, and what it was computed from."""

    result: dict[str, Any]
    predictions: Predictions
    validation: Predictions | None  # what thresholds were chosen on; None where the split has no such rows
    tables: Mapping[str, Mapping[str, Sequence[Any]]] = field(default_factory=dict)  # by file name, beside the three
    seen: Embeddings | None = None  # vectors of the judged rows, where the page shows what lies near what
    composites: tuple[Predictions, np.ndarray] | None = None  # of a preset, by image, with what is stated of them

    @property
    def refused(self) -> list[Refusal]:
        """The images that could not be judged or chosen thresholds on, with the reason."""
        return [
            Refusal(row.image, reason)
            for part in (self.predictions, self.validation)
            if part is not None
            for row, reason in zip(part.rows, part.refused, strict=True)
            if reason
        ]


def load(name: str) -> ModuleType:
    """The task a user calls `few-shot`. Raises UnknownName, which lists the choices."""
    shown = {found.replace("_", "-"): found for found in plugins.names(__name__)}
    if name not in shown:
        raise UnknownName(KIND, name, shown)
    return plugins.load(__name__, shown[name])
