"""EyePACS: photographs of primary-care screening in California, both eyes of each patient, one ICDR grade each.

A file's name is PATIENT_left or PATIENT_right. The grades of the test images were published after the
competition (`retinopathy_solution.csv`); without that table the test images are set aside.
"""

from collections.abc import Iterator

from mmfundus.data.sources import _eyes
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import ICDR
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="EyePACS (Kaggle Diabetic Retinopathy Detection)",
    url="https://www.kaggle.com/c/diabetic-retinopathy-detection",
    licence="rules of the competition",
    citation="Dugas E., Jared, Jorge, Cukierski W.: Diabetic Retinopathy Detection. Kaggle, 2015",
    modalities=("cfp",),
    images=88_702,
    patients=44_351,
    confirmed="several public loaders: trainLabels.csv and retinopathy_solution.csv (image, level), 10_left.jpeg",
    aside={"test/*": "a test image without retinopathy_solution.csv"},
)
TABLES = {"train": ("trainLabels.csv", "train/*"), "test": ("retinopathy_solution.csv", "test/*")}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each graded image, in the split of the competition."""
    for split, (name, images) in TABLES.items():
        if split == "test" and not folder.has(name):
            continue
        table = folder.table(name, needs=("image", "level"))
        for line, image in folder.matched(table, "image", folder.index(images)):
            stated = folder.meaning(image, line["level"], ICDR, {})
            if stated is not None:
                patient, eye = line["image"].rsplit("_", 1)[0], _eyes.from_name(line["image"])
                usage = line.get("Usage", "")  # Public and Private: the two halves of the competition's test
                yield row(image, "cfp", stated, line["level"], patient=patient, eye=eye, split=split, usage=usage)
