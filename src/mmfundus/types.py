"""The nouns on disk: what a row of a table or an entry of a result is, named once.

Arrays are NumPy. Shape letters: N images, C concepts, D embedding width, S picture side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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

    def json(self) -> dict[str, Any]:
        """As `metrics.json` holds it: three keys, and the reason where there is one."""
        shown = {"value": self.value, "low": self.low, "high": self.high}
        return {**shown, "reason": self.reason} if self.reason else shown


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Image vectors of rows, in the rows' order; refused rows have a reason and a NaN vector."""

    rows: tuple[Row, ...]
    vectors: Float[np.ndarray, "n d"]  # float32, unit length
    refused: tuple[str, ...]  # per row: "" or the reason

    def only(self, at: Sequence[int]) -> "Embeddings":
        """Some of the rows, in the order of `at`."""
        rows, refused = tuple(self.rows[i] for i in at), tuple(self.refused[i] for i in at)
        return Embeddings(rows, self.vectors[np.array(at, dtype=np.int64)], refused)


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
    calibrated: bool = False  # whether the probability was fitted to validation rows, the same labels asked
    call: str = ""  # "present", "absent" or "unsure" by the model's bounds; empty where it has none for these labels


@dataclass(frozen=True, slots=True)
class Reading:
    """One image as read: the very picture the model saw and its findings, likeliest first."""

    row: Row
    pixels: UInt8[np.ndarray, "s s 3"] | None  # None where refused
    findings: tuple[Finding, ...] = ()
    refused: str = ""


STATUSES = ("present", "absent", "uncertain", "history")  # what a record can say of a concept in an eye


@dataclass(frozen=True, slots=True)
class Record:
    """One note of one visit: a row of a records table."""

    patient: str
    note: str
    date: str = ""  # as ISO 8601 writes a day; "" where nobody said
    eye: str = ""  # "R", "L" or "": the eye of a statement that names none
    icd10: tuple[str, ...] = ()  # codes of ICD-10-CM that stand in a column of their own


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a note says of one eye; of both eyes it is two statements."""

    concept: str  # a concept id
    eye: str  # "R" or "L"
    status: str  # one of STATUSES
    start: int  # note[start:end] are the words that name the concept; 0 and 0 where a code column does
    end: int
    evidence: str  # those words, or the code
    location: str = ""  # where in the eye, as written: "inferotemporal"
    severity: str = ""  # as written: "mild", "3+"
    certainty: str = ""  # the words that deny, doubt or place it in the past, as written: "no sign of"
    asked: bool = False  # a question of the referral or what others said: an answer of the visit beats it


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that a note gives for one eye; no concept follows from it."""

    name: str  # "cup-to-disc ratio"
    value: str  # as written, with its unit: "0.8", "312 µm"
    eye: str  # "R" or "L"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A statement that a captioner was given and may not use; its words are those of who made it, not the note's."""

    concept: str
    eye: str
    status: str
    evidence: str
    reason: str


@dataclass(frozen=True, slots=True)
class EyeFacts:
    """What a record says of one eye: concept ids, each in at most one list. In none = not said."""

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a captioner understood of one record."""

    statements: tuple[Statement, ...] = ()  # in the note's order
    eyes: Mapping[str, EyeFacts] = field(
        default_factory=dict
    )  # "R" and "L"; an eye of which nothing is said is left out
    captions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # likewise; written from the facts alone
    measures: tuple[Measure, ...] = ()
    conflicts: tuple[str, ...] = ()  # sentences: what the note says both ways, and which was kept
    rejected: tuple[Rejected, ...] = ()  # what was not used, each with the reason
    refused: str = ""  # why nothing was read: a sentence without a word of the note
