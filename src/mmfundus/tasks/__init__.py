"""A model and a manifest to a verdict, a task a file: what `mmfundus evaluate TASK` does before anything is written."""

from dataclasses import dataclass
from typing import Any

from mmfundus.types import Predictions, Refusal

KIND = "task"


@dataclass(frozen=True)
class Judged:
    """An evaluation: the content of metrics.json, and what it was computed from."""

    result: dict[str, Any]
    predictions: Predictions
    validation: Predictions | None  # what thresholds were chosen on; None where the split has no such rows

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
