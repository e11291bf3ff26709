"""AIROGS: photographs of American screening, referable glaucoma (RG) or not (NRG).

RG is a disc that suggests damage of the visual field; it is filed under glaucoma. The images come as archives 0.zip
to 5.zip, of which one left unpacked would leave a sixth of the table without images: such a one is named.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import GLAUCOMA, NO_GLAUCOMA
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="Rotterdam EyePACS AIROGS, training set",
    url="https://doi.org/10.5281/zenodo.5793241",
    licence="CC BY-NC-ND 4.0",
    citation="de Vente et al. 2024, IEEE Transactions on Medical Imaging 43(1):542-557, doi:10.1109/TMI.2023.3313786",
    modalities=("cfp",),
    images=101_442,
    patients=None,
    confirmed="FLAIR, local_data/prepare_partitions.py: train_labels.csv (challenge_id, class), CHALLENGE_ID.jpg",
)
CLASSES = {"RG": GLAUCOMA, "NRG": NO_GLAUCOMA}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each labelled image, in whichever of the unpacked folders it lies; there is no official split."""
    for archive in (name for name in folder.files if name.lower().endswith((".zip", ".7z"))):
        folder.refuse(archive, "it is still packed. Unpack it where it lies.")
    table = folder.table("train_labels.csv", needs=("challenge_id", "class"))
    for line, image in folder.matched(table, "challenge_id", folder.index("*")):
        stated = folder.meaning(image, line["class"], CLASSES, {})
        if stated is not None:
            yield row(image, "cfp", stated, line["class"])
