"""G1020: photographs of a German practice, glaucoma or not, with outlines of disc and cup.

The label is of glaucoma alone. The common download repeats every image cropped, squared and without the nerve, under
the same name; only `Images` is taken.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import GLAUCOMA, NO_GLAUCOMA
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="G1020, retinal fundus images for glaucoma",
    url="https://www.dfki.uni-kl.de/g1020",
    licence="none stated",
    citation="Bajwa et al. 2020, arXiv:2006.09158",
    modalities=("cfp",),
    images=1_020,
    patients=432,
    confirmed="FLAIR, local_data/prepare_partitions.py: G1020.csv (imageID, binaryLabels), Images/; public loaders: "
    "the other folders",
    aside={
        "Images_Cropped/*": "a cropped copy",
        "Images_Square/*": "a squared copy",
        "NerveRemoved_Images/*": "a copy without the nerve",
        "Masks*": "a mask",
    },
)
LABELS = {"0": NO_GLAUCOMA, "1": GLAUCOMA}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each image of the table; there is no official split, and patients are not named."""
    table = folder.table("G1020.csv", needs=("imageID", "binaryLabels"))
    for line, image in folder.matched(table, "imageID", folder.index("Images/*")):
        stated = folder.meaning(image, line["binaryLabels"], LABELS, {})
        if stated is not None:
            yield row(image, "cfp", stated, line["binaryLabels"])
