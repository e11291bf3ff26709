"""MMAC: photographs of the MICCAI 2023 challenge on myopic maculopathy, META-PM categories.

META-PM (Ohno-Matsui et al. 2015, doi:10.1016/j.ajo.2015.01.022) calls an eye pathologically myopic from category 2
on, or with a "plus" lesion, which this task does not tell. So category 0, no lesion at all, denies pathological
myopia; category 1, a tessellated fundus, denies only the higher categories.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import Stated, whole
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="MMAC 2023, classification of myopic maculopathy",
    url="https://doi.org/10.5281/zenodo.11025749",
    licence="as stated on the download page (unconfirmed)",
    citation="Myopic Maculopathy Analysis Challenge, MICCAI 2023, doi:10.5281/zenodo.11025749",
    modalities=("cfp",),
    images=2_306,
    patients=None,
    confirmed="several public loaders: 1. Classification of Myopic Maculopathy/1. Images, 2. Groundtruths/"
    "1. MMAC2023_Myopic_Maculopathy_Classification_Training_Labels.csv",
    unconfirmed="the names of the third part (3. Testing Set) and of the other tasks",
    aside={
        "2. Segmentation of Myopic Maculopathy Plus Lesions/*": "of another task",
        "3. Prediction of Spherical Equivalent/*": "of another task",
    },
)
_HIGHER = tuple(f"myopic_maculopathy_{i}" for i in (2, 3, 4))
GRADES = {
    "0": Stated(absent=("tessellated_fundus", "pathological_myopia")),
    "1": Stated(("myopic_maculopathy_1",), _HIGHER),
    **{
        str(i): Stated((f"myopic_maculopathy_{i}",), tuple(name for name in _HIGHER if name[-1] != str(i)))
        for i in (2, 3, 4)
    },
}
PARTS = {
    "train": ("Training", "1. Training Set"),
    "val": ("Validation", "2. Validation Set"),
    "test": ("Testing", "3. Testing Set"),
}
NEEDS = ("image", "myopic_maculopathy_grade")
EXTRAS = {"age": "age", "sex_code": "sex", "site": "data_center"}  # what the codes mean is not told


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each graded image of the parts that are there, in the split of the challenge."""
    for split, (part, place) in PARTS.items():
        name = f"*MMAC2023_Myopic_Maculopathy_Classification_{part}_Labels.csv"
        if not folder.has(name):
            continue
        images = folder.index(f"1. Images/{place}/*", f"1.Images/{place}/*")
        for line, image in folder.matched(folder.table(name, needs=NEEDS), "image", images):
            grade = line["myopic_maculopathy_grade"]
            stated = folder.meaning(image, grade, GRADES, {})
            if stated is not None:
                extra = {key: whole(line.get(column, "")) for key, column in EXTRAS.items()}
                yield row(image, "cfp", stated, whole(grade), split=split, **extra)
