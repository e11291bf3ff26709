"""ODIR-5K: both eyes of each patient with the clinicians' keywords for each eye; the capital letters are the patient's.

Labels come from an eye's own keywords, so a normal eye beside an ill one stays normal; a keyword names what was seen
and denies nothing. Unknown keywords are kept in `source_label`. The table stands in three editions: one sheet (Kaggle's
data.xlsx or full_df.csv, which repeats a patient's line for each eye) or one for each part of OIA-ODIR, whose off-site
test set, the one of the challenge's first phase, is `val` here.
"""

import re
from collections.abc import Iterator

from mmfundus.data.sources._classes import ODIR
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NOTHING, sex, together, whole
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="ODIR-5K / OIA-ODIR",
    url="https://odir2019.grand-challenge.org/",
    licence="none stated",
    citation="Li et al. 2021, Bench 2020, doi:10.1007/978-3-030-71058-3_11",
    modalities=("cfp",),
    images=10_000,
    patients=5_000,
    confirmed="FLAIR, local_data/prepare_partitions.py: full_df.csv, preprocessed_images/0_left.jpg; several public "
    "loaders: ODIR-5K_Training_Annotations(Updated)_V2.xlsx, Training Set/Annotation/training annotation "
    "(English).xlsx",
    unconfirmed="data.xlsx beside Training Images and Testing Images",
    unmapped={"(any other keyword)": "free text of clinicians; kept as caption"},
    aside={
        "preprocessed_images/*": "a squared copy",
        "Testing Images/*": "a test image whose keywords are in no table of this edition",
        "ODIR-5K_Testing_Images/*": "a test image whose keywords are in no table of this edition",
    },
)
# table, split, images; of the editions in one sheet the first that is there is taken
SHEETS = ("full_df.csv", "data.xlsx", "ODIR-5K_Training_Annotations*.xlsx")
ORIGINALS = ("Training Images/*", "ODIR-5K_Training_Dataset/*")
PARTS = (("Training Set", "train"), ("Off-site Test Set", "val"), ("On-site Test Set", "test"))
SIDES = {"Left": "L", "Right": "R"}
NEEDS = ("ID", *(f"{side}-{what}" for side in SIDES for what in ("Fundus", "Diagnostic Keywords")))


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each eye of each table that is there."""
    if sheet := next((name for name in SHEETS if folder.has(name)), ""):
        images = ORIGINALS if folder.under(*ORIGINALS) else ("preprocessed_images/*", "*_left.jpg", "*_right.jpg")
        yield from _eyes_of(folder, sheet, images, "")
        return
    for part, split in PARTS:
        yield from _eyes_of(folder, f"{part}/Annotation/*(English).xlsx", (f"{part}/Images/*",), split)


def _eyes_of(folder: Folder, name: str, images: tuple[str, ...], split: str) -> Iterator[Row]:
    table, found = folder.table(name, needs=NEEDS), folder.index(*images)
    for line in table.lines:
        for side, eye in SIDES.items():
            image = folder.find(found, line[f"{side}-Fundus"], table.name)
            if not image:
                continue
            words = line[f"{side}-Diagnostic Keywords"]
            keywords = [word.strip().lower() for word in re.split("[,，]", words) if word.strip()]
            yield row(
                image,
                "cfp",
                together(ODIR.get(word, NOTHING) for word in keywords),
                ", ".join(keywords),
                patient=line["ID"],
                eye=eye,
                split=split,
                captions=(", ".join(keywords),),
                age=whole(line.get("Patient Age", "")),
                sex=sex(line.get("Patient Sex", "")),
            )
