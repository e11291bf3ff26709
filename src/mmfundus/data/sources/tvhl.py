"""tvhl: colour photographs and OCT of diabetic eyes in Mexico, oedema diagnosed or not, the retinopathy for a part.

A file's name is PATIENT_EYE_KIND_NUMBER, with OD or OI (ojo izquierdo) and f or o; the kind decides the modality, for a
photograph stands in the table of OCT. The same bytes are filed under several patients: such patients are taken for
one and a picture is kept once, or not at all where its labels differ. In the photographs oedema can be told from the
camera alone: judge nothing by it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from mmfundus.data import images
from mmfundus.data.sources import _eyes
from mmfundus.data.sources._classes import TVHL_DME, TVHL_DR
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="Eye fundus and OCT images for diabetic macular oedema (TVHL)",
    url="https://github.com/Traslational-Visual-Health-Laboratory/OCT-AND-EYE-FUNDUS-DATASET",
    licence="none stated; citation asked for",
    citation="Hughes Cano, Olivares Pinto, Thébault: Dataset of Eye Fundus and OCT Images for the study of Diabetic "
    "Macular Edema and Diabetic Retinopathy",
    modalities=("cfp", "oct"),
    images=2_661,
    patients=None,
    confirmed="the publishers' repository: EYE FUNDUS.csv and OCT.csv (name, DME, DR), OCT/OCT7/1691_OD_o_1.jpg",
)
NAME = re.compile(r"(\d+)_(OD|OI)_([fo])_\d+", re.IGNORECASE)
MODALITIES = {"f": "cfp", "o": "oct"}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each image of the two tables, without those filed twice; there is no official split."""
    found, listed = folder.index("*"), []
    for name in ("EYE FUNDUS.csv", "OCT.csv"):
        table = folder.table(name, needs=("DME", "DR"))
        for line in table.lines:
            image = folder.find(found, next(iter(line.values())), table.name)
            told = NAME.fullmatch(PurePosixPath(image).stem) if image else None
            if image and told is None:
                folder.refuse(image, "its name is not PATIENT_EYE_KIND_NUMBER.")
            oedema = folder.meaning(image, line["DME"], TVHL_DME, {}) if told else None
            retinopathy = folder.meaning(image, line["DR"], TVHL_DR, {}) if oedema else None
            if told and oedema and retinopathy:
                modality, eye = MODALITIES[told[3].lower()], _eyes.side(told[2])
                label = f"DME {line['DME']}, DR {line['DR']}"
                listed.append(row(image, modality, oedema + retinopathy, label, patient=told[1], eye=eye))
    yield from _once(folder, listed)


def _once(folder: Folder, listed: Sequence[Row]) -> Iterator[Row]:
    """Each picture under one patient: patients that share a picture are one person under the smallest number."""
    same: defaultdict[str, dict[str, Row]] = defaultdict(dict)
    for one in listed:
        same[images.digest_bytes(folder.root / one.image)].setdefault(one.image, one)
    person = {one.patient: one.patient for one in listed}
    dropped: set[str] = set()
    for first, *others in (list(group.values()) for group in same.values()):
        members = (first, *others)
        if len({one.patient for one in members}) == 1:
            continue
        alike = all((one.present, one.absent) == (first.present, first.absent) for one in members)
        for one in others if alike else members:
            folder.refuse(one.image, f"its bytes are also filed under another patient, labelled {_how(alike)}.")
            dropped.add(one.image)
        least = min(person[one.patient] for one in members)
        merged = {person[one.patient] for one in members}
        person = {patient: least if now in merged else now for patient, now in person.items()}
    yield from (replace(one, patient=person[one.patient]) for one in listed if one.image not in dropped)


def _how(alike: bool) -> str:
    return "alike" if alike else "otherwise"
