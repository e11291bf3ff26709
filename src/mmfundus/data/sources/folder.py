"""Any folder of class folders: root/CNV/*.jpg, or root/train/CNV/*.jpg with the splits that its folders name.

A class folder's name may be a concept's id, name, synonym or abbreviation. It says what is present and nothing of
the rest, unless --exclusive says that an image of one class is known to show no other. --patient is a pattern whose
first group is the patient in a file's name.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from mmfundus import plugins
from mmfundus.data.sources import _eyes
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import Stated
from mmfundus.data.sources._source import Source
from mmfundus.errors import UnknownName, UsageError, WorkError
from mmfundus.knowledge.concepts import NORMAL, find
from mmfundus.types import Row

SOURCE = Source(
    title="Your own images, one folder a class",
    url="yours",
    licence="yours",
    citation="yours",
    modalities=("any, by --modality",),
    images=None,
    patients=None,
    confirmed="by definition",
    takes=("modality", "patient", "exclusive"),
    own_ids=False,
)
SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val"}
SPLITS |= {"test": "test", "testing": "test"}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each image below a folder that names a concept."""
    asked = folder.asked
    if not asked.modality:
        raise UsageError("A folder of classes does not say what kind of image it holds. Give --modality.")
    plugins.load("mmfundus.modalities", asked.modality)
    placed = {image: _place(image) for image in folder.images}
    concepts = _concepts(folder, {label for _, label in placed.values() if label})
    diseases = set(concepts.values()) - {NORMAL}
    for image, (split, label) in placed.items():
        concept = concepts.get(label)
        if concept is None:
            continue
        patient = _patient(folder, image)
        if patient is None:
            continue
        others = diseases - {concept} if asked.exclusive and concept != NORMAL else set()
        stated = Stated((concept,), tuple(sorted(others)))
        eye = _eyes.from_name(PurePosixPath(image).stem)
        yield row(image, asked.modality, stated, label, patient=patient, eye=eye, split=split)


def _place(image: str) -> tuple[str, str]:
    """Split and class, by the folders from the root on; both may be empty."""
    parents = PurePosixPath(image).parts[:-1]
    split = SPLITS.get(parents[0].lower(), "") if parents else ""
    below = parents[1:] if split else parents
    return split, below[0] if below else ""


def _concepts(folder: Folder, labels: set[str]) -> dict[str, str]:
    """Class -> concept id; the images of a class that is no concept are refused, each by name."""
    found = {}
    for label in sorted(labels):
        try:
            found[label] = find(label, folder.asked.modality).id
        except (UnknownName, WorkError) as error:
            reason = str(error).partition(" The choices are")[0]
            for image in folder.images:
                if _place(image)[1] == label:
                    folder.refuse(image, f"its class folder names no concept. {reason}")
    return found


def _patient(folder: Folder, image: str) -> str | None:
    """Whose image it is: empty where no pattern was given; None, and refused, where it does not fit."""
    pattern = folder.asked.patient
    if not pattern:
        return ""
    try:
        match = re.search(pattern, PurePosixPath(image).name)
        if match and match[1]:
            return match[1]
    except (re.error, IndexError):
        raise UsageError(f"--patient {pattern!r} is no pattern with a group, such as '(\\d+)_'.") from None
    folder.refuse(image, f"its name does not match --patient {pattern!r}; every file must say whose it is.")
    return None
