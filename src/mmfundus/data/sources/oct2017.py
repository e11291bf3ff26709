"""OCT2017: Spectralis B-scans of Kermany et al., one of four classes each, with the publishers' own test set.

A file's name is CLASS-PATIENT-NUMBER.jpeg. Some patients of the test set are in the training set of some releases;
their training images are then refused. What a class says of the others stands in `_classes`.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from mmfundus.data.sources._classes import KERMANY
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="OCT2017 (Kermany et al., UCSD)",
    url="https://doi.org/10.17632/rscbjbr9sj",
    licence="CC BY 4.0",
    citation="Kermany et al. 2018, Cell 172(5):1122-1131, doi:10.1016/j.cell.2018.02.010",
    modalities=("oct",),
    images=109_309,
    patients=5_319,
    confirmed="several public loaders: OCT2017/train/CNV/CNV-1016042-1.jpeg, val, test",
)
NAME = re.compile(r"(CNV|DME|DRUSEN|NORMAL)-(\d+)-\d+", re.IGNORECASE)


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each scan below a class folder, in the split of the publishers."""
    for image, label, stated in folder.by_class(KERMANY, {}):
        name = NAME.fullmatch(PurePosixPath(image).stem)
        split = next((part for part in ("train", "val", "test") if part in PurePosixPath(image).parts), "")
        if name is None:
            folder.refuse(image, "its name is not CLASS-PATIENT-NUMBER, so its patient is not known.")
        elif name[1].upper() != label:
            folder.refuse(image, f"its name says {name[1]!r} and its folder {label!r}.")
        else:
            yield row(image, "oct", stated, label, patient=name[2], split=split)
