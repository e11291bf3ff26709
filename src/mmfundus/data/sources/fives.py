"""FIVES: photographs with drawn vessels, two hundred each of three diseases and of normal eyes.

The last letter of a file's name is its class (12_A.png). A class is one disease; that it is the only one is not said.
Training and test are numbered alike, as are an image and its mask.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import GLAUCOMA, NORMAL, Stated
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="FIVES, fundus images for vessel segmentation",
    url="https://doi.org/10.6084/m9.figshare.19688169",
    licence="CC BY 4.0",
    citation="Jin et al. 2022, Scientific Data 9:475, doi:10.1038/s41597-022-01564-3",
    modalities=("cfp",),
    images=800,
    patients=573,
    confirmed="FLAIR, local_data/prepare_partitions.py: train/Original/N_CLASS.png, test/Original",
    aside={"Ground truth/*": "a mask of vessels", "Segmented/*": "a mask of vessels"},
)
CLASSES = {"A": Stated(("amd",)), "D": Stated(("diabetic_retinopathy",)), "G": GLAUCOMA, "N": NORMAL}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each photograph, in the split of the publishers; patients are not named."""
    for split in ("train", "test"):
        for image in folder.under(f"{split}/Original/*"):
            label = PurePosixPath(image).stem.rpartition("_")[2]
            stated = folder.meaning(image, label, CLASSES, {})
            if stated is not None:
                yield row(image, "cfp", stated, label, split=split)
