"""DDR: photographs of 147 hospitals in China, one ICDR grade each; 5 is an image that could not be graded.

The images of `lesion_segmentation` are a selection of the graded ones under the same names.
"""

from collections.abc import Iterator

from mmfundus.data.sources import _sheets
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import ICDR, UNGRADABLE
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="DDR, grading",
    url="https://github.com/nkicsl/DDR-dataset",
    licence="none stated",
    citation="Li et al. 2019, Information Sciences 501:511-522, doi:10.1016/j.ins.2019.06.011",
    modalities=("cfp",),
    images=13_673,
    patients=9_598,
    confirmed="FLAIR, local_data/prepare_partitions.py: DR_grading/train.txt (name grade), DR_grading/train/NAME",
    aside={
        "lesion_segmentation/*": "of the part for segmentation: masks, and copies of graded images",
        "lesion_detection/*": "of the part for detection: copies of graded images",
    },
)
GRADES = ICDR | {"5": UNGRADABLE}
SPLITS = {"train": "train", "valid": "val", "test": "test"}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each graded image, in the split of the publishers."""
    for part, split in SPLITS.items():
        listing = folder.file(f"DR_grading/{part}.txt")
        table = _sheets.plain(folder.root / listing, ("name", "grade"))
        for line, image in folder.matched(table, "name", folder.index(f"DR_grading/{part}/*")):
            stated = folder.meaning(image, line["grade"], GRADES, {})
            if stated is not None:
                yield row(image, "cfp", stated, line["grade"], split=split)
