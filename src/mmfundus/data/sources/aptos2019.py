"""APTOS 2019: photographs of the Aravind Eye Hospital's screening, one ICDR grade each.

The grade says nothing of other diseases: 0 is no diabetic retinopathy and not a normal fundus. Kaggle never
published the grades of its test images nor any patient id.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import ICDR
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="APTOS 2019 Blindness Detection",
    url="https://www.kaggle.com/c/aptos2019-blindness-detection",
    licence="rules of the competition",
    citation="Asia Pacific Tele-Ophthalmology Society: APTOS 2019 Blindness Detection. Kaggle, 2019",
    modalities=("cfp",),
    images=3_662,
    patients=None,
    confirmed="FLAIR, local_data/prepare_partitions.py: train.csv (id_code, diagnosis), train_images/ID.png",
    aside={"test_images/*": "a test image whose grade was never published"},
)


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each graded image of the training set, which is dealt to splits here."""
    table = folder.table("train.csv", needs=("id_code", "diagnosis"))
    for line, image in folder.matched(table, "id_code", folder.index("train_images/*")):
        stated = folder.meaning(image, line["diagnosis"], ICDR, {})
        if stated is not None:
            yield row(image, "cfp", stated, line["diagnosis"])
