"""HRF: fifteen photographs each of healthy eyes, diabetic retinopathy and glaucoma, with drawn vessels.

The letters after the number are the class (01_dr.JPG). Each image is of another person.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from mmfundus.data.sources._classes import HRF
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="High-Resolution Fundus image database",
    url="https://www5.cs.fau.de/research/data/fundus-images/",
    licence="CC BY 4.0",
    citation="Budai et al. 2013, International Journal of Biomedical Imaging, doi:10.1155/2013/154860",
    modalities=("cfp",),
    images=45,
    patients=45,
    confirmed="FLAIR, local_data/prepare_partitions.py: 01_dr, 01_g, 01_h; several public loaders: images, manual1",
    aside={"manual1/*": "a mask of vessels", "mask/*": "a mask of the field of view"},
)


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each photograph; there is no official split."""
    for image in folder.under("images/*"):
        label = PurePosixPath(image).stem.rpartition("_")[2].lower()
        stated = folder.meaning(image, label, HRF, {})
        if stated is not None:
            yield row(image, "cfp", stated, label)
