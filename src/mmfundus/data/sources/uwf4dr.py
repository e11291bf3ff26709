"""UWF4DR: ultra-widefield images of the MICCAI 2024 challenge: quality in one task, disease in two others.

The tasks have images of their own, which may share names. In the second table an empty cell was not judged. Where only
the table of training was published, the other images are set aside.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NOTHING, columns, whole
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="UWF4DR 2024, ultra-widefield images for diabetic retinopathy",
    url="https://codalab.lisn.upsaclay.fr/competitions/18605",
    licence="rules of the challenge",
    citation="Ultra-Widefield Fundus Imaging for Diabetic Retinopathy Challenge, MICCAI 2024",
    modalities=("uwf",),
    images=None,
    patients=None,
    confirmed="two public loaders: Task 1 Image Quality Assessment and Task 2 Referable DR and Task 3 DME, each with "
    "1. Images/1. Training and 2. Groundtruths/1. Training.csv",
    aside={
        "1. Images/2. Validation/*": "of validation, without its table",
        "1. Images/3.*": "of test, without its table",
    },
)
PARTS = {"train": "1. Training", "val": "2. Validation"}
CONCEPTS = {"referable diabetic retinopathy": "referable_dr", "diabetic macular edema": "diabetic_macular_edema"}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each image of the tables that are there, in the split of the challenge."""
    for split, part in PARTS.items():
        first = f"Task 1*/2. Groundtruths/{part}.csv"
        if folder.has(first):
            table = folder.table(first, needs=("image", "image quality level"))
            for line, image in folder.matched(table, "image", folder.index(f"Task 1*/1. Images/{part}/*")):
                quality = whole(line["image quality level"])
                yield row(image, "uwf", NOTHING, f"quality {quality}", split=split, quality=quality)
        second = f"Task 2*/2. Groundtruths/{part}.csv"
        if folder.has(second):
            table = folder.table(second, needs=("image", *CONCEPTS))
            for line, image in folder.matched(table, "image", folder.index(f"Task 2*/1. Images/{part}/*")):
                cells = [f"{name} {whole(line[name])}" for name in CONCEPTS if line[name]]
                yield row(image, "uwf", columns(line, CONCEPTS), ", ".join(cells), split=split)
