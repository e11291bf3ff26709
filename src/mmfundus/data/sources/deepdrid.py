"""DeepDRiD: regular photographs and ultra-widefield images of Chinese screening studies, ICDR grades per image.

A file's name is PATIENT_SIDE+VIEW (1_l2.jpg), and both parts of the set count patients from 1 for themselves. Regular
images carry the grade of their own eye in a column for each eye; ultra-widefield ones have 5 for "cannot be graded".
The grades of the evaluation sets came later, as Excel sheets; exports of them as CSV are taken too.
"""

from collections.abc import Iterator, Mapping

from mmfundus.data.sources import _eyes
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import ICDR, UNGRADABLE, whole
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="DeepDRiD, regular and ultra-widefield",
    url="https://github.com/deepdrdoc/DeepDRiD",
    licence="CC BY-SA 4.0",
    citation="Liu et al. 2022, Patterns 3(6):100512, doi:10.1016/j.patter.2022.100512",
    modalities=("cfp", "uwf"),
    images=2_256,
    patients=628,
    confirmed="the publishers' repository, its file list and table headers as public loaders read them",
)
GRADES = ICDR | {"5": UNGRADABLE}
# part -> modality, split, table, columns with the grade
PARTS = {
    "regular-fundus-training": ("cfp", "train", "regular-fundus-training", ("left_eye_DR_Level", "right_eye_DR_Level")),
    "regular-fundus-validation": (
        "cfp",
        "val",
        "regular-fundus-validation",
        ("left_eye_DR_Level", "right_eye_DR_Level"),
    ),
    "Online-Challenge1&2-Evaluation": ("cfp", "test", "Challenge1_labels", ("DR_Levels",)),
    "ultra-widefield-training": ("uwf", "train", "ultra-widefield-training", ("DR_level",)),
    "ultra-widefield-validation": ("uwf", "val", "ultra-widefield-validation", ("DR_level",)),
    "Online-Challenge3-Evaluation": ("uwf", "test", "Challenge3_labels", ("UWF_DR_Levels",)),
}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each graded image of the parts that are there, in the split of the publishers."""
    for part, (modality, split, name, columns) in PARTS.items():
        patterns = (f"{part}/{name}.csv",) if folder.has(f"{part}/{name}.csv") else (f"{part}/{name}.xlsx",)
        if not folder.has(f"{part}/Images/*"):
            continue
        table = folder.table(*patterns, needs=("image_id", *columns))
        for line, image in folder.matched(table, "image_id", folder.index(f"{part}/Images/*")):
            eye = _eyes.side(line["image_id"].rpartition("_")[2][:1])
            grade = _grade(line, columns, eye)
            stated = folder.meaning(image, grade, GRADES, {})
            if stated is not None:
                patient = f"{modality}{line['image_id'].partition('_')[0]}"
                yield row(image, modality, stated, whole(grade), patient=patient, eye=eye, split=split)


def _grade(line: Mapping[str, str], columns: tuple[str, ...], eye: str) -> str:
    """The grade of the pictured eye: of two columns that of its side."""
    if len(columns) == 1:
        return line[columns[0]]
    return line[columns[0 if eye == "L" else 1]]
