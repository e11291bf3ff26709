"""PALM: photographs of the ISBI 2019 challenge on pathological myopia.

A training image's first letter is its group: P pathological myopia, H highly myopic and N with neither. N is not said
to be a normal fundus, so it denies pathological myopia and no more. Validation and test have a table.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import Stated
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="PALM, pathologic myopia challenge",
    url="https://doi.org/10.21227/55pk-8z03",
    licence="as stated on the download page (unconfirmed)",
    citation="Fang et al. 2024, Scientific Data 11:99, doi:10.1038/s41597-024-02911-2",
    modalities=("cfp",),
    images=1_200,
    patients=None,
    confirmed="several public loaders: PALM-Training400/P0001.jpg, PALM-Validation400 with "
    "PM_Label_and_Fovea_Location.xlsx (imgName, Label), PALM-Testing400-Images; torch_em: Training/Images",
    unconfirmed="the table of the test images",
    aside={
        "*GT/*": "a mask",
        "*Masks/*": "a mask",
        "*Mask/*": "a mask",
        "PALM-Testing400*/*": "a test image without its table",
        "Testing/Images/*": "a test image without its table",
    },
)
_NOT = Stated(absent=("pathological_myopia",))
LETTERS = {
    "P": Stated(("pathological_myopia",)),
    "H": Stated(("high_myopia",)) + _NOT,
    "N": _NOT,
}
LABELS = {"1": Stated(("pathological_myopia",)), "0": _NOT}
TABLES = {
    "val": ("*Validation*/*PM_Label_and_Fovea_Location.*", ("*Validation*400/*", "Validation/Images/*")),
    "test": ("*Test*/*PM_Label_and_Fovea_Location.*", ("PALM-Testing400*/*", "PALM-Test400/*", "Testing/Images/*")),
}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each labelled photograph, in the split of the challenge."""
    for image in folder.under("PALM-Training400/*.jpg", "Training/Images/*"):
        letter = PurePosixPath(image).name[:1].upper()
        stated = folder.meaning(image, letter, LETTERS, {})
        if stated is not None:
            yield row(image, "cfp", stated, letter, split="train")
    for split, (name, images) in TABLES.items():
        if not folder.has(name):
            continue
        table = folder.table(name, needs=("imgName", "Label"))
        for line, image in folder.matched(table, "imgName", folder.index(*images)):
            stated = folder.meaning(image, line["Label"], LABELS, {})
            if stated is not None:
                yield row(image, "cfp", stated, line["Label"], split=split)
