"""The nouns on disk: what a row of a table or an entry of a result is, named once.

Arrays are NumPy. Shape letters: N images, C concepts, D embedding width, S picture side.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

UNKNOWN = float("nan")  # a label that nobody stated: neither present nor absent


@dataclass(frozen=True, slots=True)
class Row:
    """One image of a manifest; see CONTRACT in the README for the columns."""

    image: str  # path relative to the manifest's root, with forward slashes
    modality: str  # name of a plugin in mmfundus.modalities
    patient: str = ""  # never empty after reading: an image without patient is its own patient
    eye: str = ""  # "R", "L" or ""
    study: str = ""
    present: tuple[str, ...] = ()  # concept ids
    absent: tuple[str, ...] = ()  # concept ids; in neither = unknown
    captions: tuple[str, ...] = ()  # non-empty texts, in column order
    split: str = "train"  # "train", "val" or "test"
    extra: Mapping[str, str] = field(default_factory=dict)  # other columns, as text


@dataclass(frozen=True, slots=True)
class Manifest:
    """A validated table of rows and the folder its image paths are relative to."""

    rows: tuple[Row, ...]
    root: Path
    name: str  # what the user called it: shown in results, carries no folder

    def split(self, name: str) -> tuple[Row, ...]:
        """Rows of one split, in table order."""
        return tuple(row for row in self.rows if row.split == name)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One item that was not used, and the sentence that says why."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its 95 % interval; all three None where undefined, `reason` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Image vectors of rows, in the rows' order; refused rows have a reason and a NaN vector."""

    rows: tuple[Row, ...]
    vectors: Float[np.ndarray, "n d"]  # float32, unit length
    refused: tuple[str, ...]  # per row: "" or the reason


@dataclass(frozen=True, slots=True)
class Predictions:
    """Probabilities of concepts per row; NaN where refused or not asked of the modality."""

    rows: tuple[Row, ...]
    concepts: tuple[str, ...]
    probability: Float[np.ndarray, "n c"]  # float64, 0 to 1
    refused: tuple[str, ...]  # per row: "" or the reason


@dataclass(frozen=True, slots=True)
class Finding:
    """What a model says of one label on one image."""

    label: str
    probability: float
    cosine: float  # of the image vector with the label's class vector
    map: Float[np.ndarray, "h w"] | None = None  # adds up to `cosine`; None where the model has none


@dataclass(frozen=True, slots=True)
class Reading:
    """One image as read: the very picture the model saw and its findings, likeliest first."""

    row: Row
    pixels: UInt8[np.ndarray, "s s 3"] | None  # None where refused
    findings: tuple[Finding, ...] = ()
    refused: str = ""
