"""What is known of a data set before a file of it is opened, and what a caller may say of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of the catalogue. Figures are the publishers' own; None where none is published."""

    title: str
    url: str
    licence: str
    citation: str
    modalities: tuple[str, ...]
    images: int | None
    patients: int | None
    confirmed: str  # where the layout was seen; "" = it could not be confirmed
    unconfirmed: str = ""  # the part of it that is told from memory
    unmapped: Mapping[str, str] = field(default_factory=dict)  # label without a concept -> why; kept in `source_label`
    aside: Mapping[str, str] = field(default_factory=dict)  # pattern of image files that get no row -> why
    takes: tuple[str, ...] = ()  # fields of `Asked` that it heeds
    own_ids: bool = True  # patient ids are only unique within the set, so they get its name in front

    @property
    def layout(self) -> str:
        """Whether the layout was confirmed: `confirmed`, `in part` or `unconfirmed`."""
        return "unconfirmed" if not self.confirmed else "in part" if self.unconfirmed else "confirmed"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller says of a set that cannot say it itself: of `folder` and `table`."""

    modality: str = ""
    patient: str = ""  # pattern whose first group is the patient in a file's path
    exclusive: bool = False  # an image of one class is known to show no other
    table: str = ""  # file below the root
    columns: Mapping[str, str] = field(default_factory=dict)  # manifest column -> the table's column
    key: Path | None = None  # file with the secret of pseudonyms
