"""REFUGE: photographs of the MICCAI 2018 glaucoma challenge, glaucoma or not.

"Not" is said of glaucoma alone: other diseases may be there. Training images tell it by folder or first letter (g, n),
validation and test by a table, which the publishers renamed in later editions; each name they gave it is known here.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import GLAUCOMA, NO_GLAUCOMA
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="REFUGE, retinal fundus glaucoma challenge",
    url="https://refuge.grand-challenge.org/",
    licence="rules of the challenge",
    citation="Orlando et al. 2020, Medical Image Analysis 59:101570, doi:10.1016/j.media.2019.101570",
    modalities=("cfp",),
    images=1_200,
    patients=None,
    confirmed="several public loaders: Training400/{Glaucoma,Non-Glaucoma}, REFUGE-Validation400 with "
    "Fovea_locations.xlsx, Test400 with Glaucoma_label_and_Fovea_location.xlsx; FLAIR: train/Images/g0001.jpg",
    aside={
        "*Disc_Cup_Mask*": "a mask of disc and cup",
        "Masks/*": "a mask of disc and cup",
        "gts/*": "a mask of disc and cup",
        "mask/*": "a mask of disc and cup",
    },
)
LETTERS = {"g": GLAUCOMA, "n": NO_GLAUCOMA}
LABELS = {"1": GLAUCOMA, "0": NO_GLAUCOMA}
TABLES = {
    "val": ("*Fovea_locations.xlsx", "Glaucoma Label", ("*Validation400/*", "val/Images/*")),
    "test": ("*Glaucoma_label_and_Fovea_location.xlsx", "Label(Glaucoma=1)", ("Test400/*", "test/Images/*")),
}
TRAINING = ("Training400/Glaucoma/*", "Training400/Non-Glaucoma/*", "train/Images/*")


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each labelled photograph, in the split of the challenge."""
    for image in folder.under(*TRAINING):
        letter = PurePosixPath(image).name[:1].lower()
        stated = folder.meaning(image, letter, LETTERS, {})
        if stated is not None:
            yield row(image, "cfp", stated, letter, split="train")
    for split, (name, column, images) in TABLES.items():
        if not folder.has(name):
            continue
        table = folder.table(name, needs=("ImgName", column))
        for line, image in folder.matched(table, "ImgName", folder.index(*images)):
            stated = folder.meaning(image, line[column], LABELS, {})
            if stated is not None:
                yield row(image, "cfp", stated, line[column], split=split)
