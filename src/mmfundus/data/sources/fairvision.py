"""FairVision: laser photographs and OCT volumes of Harvard Medical School, ten thousand persons a disease.

A row is made for each laser photograph (slo_00001.jpg); the volumes are inside .npz files, which are not read here. A
person of one disease's part was not judged for the others. "Non-vision threatening" covers no retinopathy and
all of it below severe. Harvard-GDP of the same group holds thickness maps alone, which no modality here is.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import GLAUCOMA, NO_GLAUCOMA, Stated, sex
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="Harvard-FairVision, laser photographs",
    url="https://github.com/Harvard-Ophthalmology-AI-Lab/FairVision",
    licence="CC BY-NC-ND 4.0",
    citation="Luo et al. 2023, arXiv:2310.02492",
    modalities=("slo",),
    images=30_000,
    patients=30_000,
    confirmed="the publishers' README; loaders: data_summary_glaucoma.csv (filename, age, gender, race, ..., use)",
)
LABELS = {
    "amd": {
        "normal": Stated(absent=("amd",)),
        "early amd": Stated(("early_amd",), ("intermediate_amd", "late_amd")),
        "intermediate amd": Stated(("intermediate_amd",), ("early_amd", "late_amd")),
        "late amd": Stated(("late_amd",), ("early_amd", "intermediate_amd")),
    },
    "dr": {
        "non-vision threatening dr": Stated(absent=("severe_npdr", "pdr")),
        "vision threatening dr": Stated(("diabetic_retinopathy", "referable_dr"), ("mild_npdr", "moderate_npdr")),
    },
    "glaucoma": {"no": NO_GLAUCOMA, "yes": GLAUCOMA},
}
SPLITS = {"training": "train", "validation": "val", "test": "test"}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each photograph of the parts that are there, in the split of the publishers."""
    for disease, said in LABELS.items():
        if not folder.has(f"data_summary_{disease}.csv"):
            continue
        table = folder.table(f"data_summary_{disease}.csv", needs=("filename", disease, "use"))
        found = folder.index(f"{disease}/*slo_*")
        for line in table.lines:
            number = "".join(c for c in line["filename"] if c.isdigit())
            image = folder.find(found, f"slo_{number}.jpg", table.name)
            stated = folder.meaning(image, line[disease].lower(), said, {}) if image else None
            if stated is not None:
                extra = {name: line.get(name, "") for name in ("age", "race", "ethnicity", "language")}
                extra["sex"] = sex(line.get("gender", ""))
                split = SPLITS.get(line["use"].lower(), "")
                patient = f"{disease}_{number}"
                yield row(image, "slo", stated, line[disease], patient=patient, split=split, **extra)
