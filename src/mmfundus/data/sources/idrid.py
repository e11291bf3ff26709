"""IDRiD: photographs of an Indian eye clinic, graded for retinopathy (ICDR) and for the risk of macular oedema.

The risk is judged by hard exudates: 0 none, 1 outside and 2 within one disc diameter of the macula's centre. Grade 1
is mild oedema by one scale and none that matters by another, so only its exudates are stated. Training and test
images are numbered alike (IDRiD_001 is in both). The part for segmentation shows a selection of the same photographs.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import ICDR, NOT_REFERABLE, NOTHING, Stated, whole
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="Indian Diabetic Retinopathy Image Dataset, disease grading",
    url="https://doi.org/10.21227/H25W98",
    licence="CC BY 4.0",
    citation="Porwal et al. 2018, Data 3(3):25, doi:10.3390/data3030025",
    modalities=("cfp",),
    images=516,
    patients=None,
    confirmed="FLAIR, local_data/prepare_partitions.py: B. Disease Grading/1. Original Images, 2. Groundtruths",
    aside={
        "A. Segmentation/*": "of the part for segmentation, whose photographs are among those graded",
        "C. Localization/*": "of the part for localisation, which repeats the graded photographs",
    },
)
PARTS = {
    "train": ("*Disease Grading_Training Labels.csv", "B. Disease Grading/1. Original Images/a. Training Set/*"),
    "test": ("*Disease Grading_Testing Labels.csv", "B. Disease Grading/1. Original Images/b. Testing Set/*"),
}
NEEDS = ("Image name", "Retinopathy grade", "Risk of macular edema")
OEDEMA = {
    "0": Stated(absent=("diabetic_macular_edema", "hard_exudates")),
    "1": Stated(("hard_exudates",)),
    "2": Stated(("diabetic_macular_edema", "hard_exudates")),
}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each graded image, in the split of the publishers."""
    for split, (name, images) in PARTS.items():
        for line, image in folder.matched(folder.table(name, needs=NEEDS), "Image name", folder.index(images)):
            grade, risk = line["Retinopathy grade"], line["Risk of macular edema"]
            retinopathy = folder.meaning(image, grade, ICDR, {})
            oedema = folder.meaning(image, risk, OEDEMA, {}) if retinopathy is not None else None
            if retinopathy is None or oedema is None:
                continue
            settled = NOT_REFERABLE if whole(grade) in ("0", "1") and whole(risk) == "0" else NOTHING
            label = f"DR {whole(grade)}, DME risk {whole(risk)}"
            yield row(image, "cfp", retinopathy + oedema + settled, label, split=split)
