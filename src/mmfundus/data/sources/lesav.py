"""LES-AV: photographs with arteries and veins drawn, and whether the eye has glaucoma."""

from collections.abc import Iterator

from mmfundus.data.sources import _eyes
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import GLAUCOMA, NO_GLAUCOMA, whole
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="LES-AV, arteries and veins in glaucoma",
    url="https://figshare.com/articles/dataset/LES-AV_dataset/11857698",
    licence="as stated on the download page (unconfirmed)",
    citation="Orlando et al. 2018, MICCAI, LNCS 11071:65-73, doi:10.1007/978-3-030-00934-2_8",
    modalities=("cfp",),
    images=22,
    patients=22,
    confirmed="a public loader: images/ID.png, Data.xlsx (Diagnosis5, Identifier, SEX (0=female), Age, eye)",
    aside={
        "arteries/*": "a mask of vessels",
        "veins/*": "a mask of vessels",
        "arteries-and-veins/*": "a mask of vessels",
        "vessel-segmentations/*": "a mask of vessels",
        "masks/*": "a mask of the field of view",
    },
)
NEEDS = ("Diagnosis5", "Identifier", "SEX (0=female)", "Age", "eye")
SEXES = {"0": "F", "1": "M"}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each photograph of the sheet: any diagnosis but normal is a kind of glaucoma."""
    table = folder.table("Data.xlsx", "Data.csv", needs=NEEDS)
    for line, image in folder.matched(table, "Identifier", folder.index("images/*")):
        label = line["Diagnosis5"]
        if not label:
            folder.refuse(image, f"{table.name} has no diagnosis for it.")
            continue
        yield row(
            image,
            "cfp",
            NO_GLAUCOMA if label.lower() == "normal" else GLAUCOMA,
            label,
            eye=_eyes.side(line["eye"]),
            age=whole(line["Age"]),
            sex=SEXES.get(whole(line["SEX (0=female)"]), ""),
        )
