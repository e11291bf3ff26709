"""A folder of DICOM files: one row a frame, with the eye, and patient and study as pseudonyms.

What is no picture (reports, fields, raw data) is refused by name. Dates do not leave the files: the column `day`
counts from a patient's first image.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from mmfundus import plugins
from mmfundus.data.dicom import address, files, pseudonyms
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NOTHING
from mmfundus.data.sources._source import Source
from mmfundus.errors import UnreadableImage
from mmfundus.types import Row

SOURCE = Source(
    title="Your own DICOM files, in folders of any depth",
    url="yours",
    licence="yours",
    citation="yours",
    modalities=("cfp", "uwf", "oct", "fa", "slo"),
    images=None,
    patients=None,
    confirmed="by DICOM PS3.3",
    takes=("modality", "key"),
    own_ids=False,
)
INDEX = "DICOMDIR"  # PS3.10: the index of a medium, no image


def rows(folder: Folder) -> Iterator[Row]:
    """Rows of every DICOM image below the root, whatever its name ends in."""
    asked = folder.asked
    if asked.modality:
        plugins.load("mmfundus.modalities", asked.modality)
    secret = pseudonyms.key(asked.key) if asked.key else pseudonyms.fresh()
    found = {name: facts for name in _dicom(folder) if (facts := _facts(folder, name, secret))}
    days, kinds = _days(found), {name: _modality(facts, asked.modality) for name, facts in found.items()}
    for name in (name for name, kind in kinds.items() if not kind):
        folder.refuse(name, f"its modality is not told: {found[name].why}. Give --modality for such files.")
    held = {name: _frames(name, found[name].frames) for name, kind in kinds.items() if kind}
    folder.adopt(held)
    for name, images in held.items():
        facts = found[name]
        told = {"patient": facts.patient, "eye": facts.eye, "study": facts.study}
        for image in images:
            yield row(image, kinds[name], NOTHING, "", **told, device=facts.device, day=days.get(name, ""))


def _modality(facts: Any, asked: str) -> str:
    """What the file says, or else the caller; the file's word counts where both speak."""
    return asked if facts.modality in ("", "other") else str(facts.modality)


def _frames(name: str, count: int) -> list[str]:
    """What a file is in a manifest: itself, or the addresses of its frames."""
    return [name] if count == 1 else [address.join(name, number + 1) for number in range(count)]


def _dicom(folder: Folder) -> list[str]:
    named = (name for name in folder.files if PurePosixPath(name).name != INDEX)
    return [name for name in named if files.is_dicom(folder.root / name)]


def _facts(folder: Folder, name: str, secret: bytes) -> Any:
    """Facts of a file, or None where it is refused or our own."""
    try:
        facts = files.facts(folder.root / name, secret)
    except UnreadableImage as error:
        folder.refuse(name, str(error))
        return None
    if facts.ours:
        folder.refuse(name, "it is a picture that this software made of another; the other one is read.")
        return None
    return facts


def _days(found: Mapping[str, Any]) -> dict[str, str]:
    """Days since the first image of the same patient; nothing where no patient or no day is told."""
    when = {name: date.fromisoformat(f.acquired[:10]) for name, f in found.items() if f.patient and f.acquired}
    first: dict[str, date] = {}
    for name, day in when.items():
        first[found[name].patient] = min(day, first.get(found[name].patient, day))
    return {name: str((day - first[found[name].patient]).days) for name, day in when.items()}
