"""BRSET: macula-centred photographs of outpatients in São Paulo, with findings, grades, camera and person.

Every finding's column was filled for every image, so 0 is absence. Names changed with version 1.0.2 (`drusens` to
`drusen`), which also remapped `exam_eye`: eyes are read only from tables with the new name, 1 right and 2 left.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import ICDR, NOTHING, columns, whole
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="Brazilian Multilabel Ophthalmological Dataset",
    url="https://physionet.org/content/brazilian-ophthalmological/1.0.2/",
    licence="PhysioNet Credentialed Health Data License 1.5.0",
    citation="Nakayama et al. 2024, PLOS Digital Health 3(7):e0000454, doi:10.1371/journal.pdig.0000454",
    modalities=("cfp",),
    images=16_266,
    patients=8_524,
    confirmed="the column list of the PhysioNet page as public notes quote it; FLAIR: labels.csv, fundus_photos/",
    unmapped={
        "vascular_occlusion": "of a vein or an artery",
        "myopic_fundus": "myopia of any degree",
        "other": "not named",
    },
)
CONCEPTS = {
    "macular_edema": "macular_edema",
    "scar": "chorioretinal_scar",
    "nevus": "choroidal_nevus",
    "amd": "amd",
    "hypertensive_retinopathy": "hypertensive_retinopathy",
    "drusen": "drusen",
    "drusens": "drusen",
    "hemorrhage": "retinal_hemorrhage",
    "retinal_detachment": "retinal_detachment",
    "increased_cup_disc": "enlarged_cup",
}
NEEDS = ("image_id", "patient_id", "DR_ICDR", "macular_edema", "amd")
EYES = {"1": "R", "2": "L"}
SEXES = {"1": "M", "2": "F"}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each image of labels.csv; there is no official split."""
    table = folder.table("labels.csv", needs=NEEDS)
    for line, image in folder.matched(table, "image_id", folder.index("fundus_photos/*")):
        graded = NOTHING if not line["DR_ICDR"] else folder.meaning(image, line["DR_ICDR"], ICDR, {})
        if graded is None:
            continue
        named = {column: concept for column, concept in CONCEPTS.items() if column in line}
        found = [name for name in (*named, *SOURCE.unmapped) if whole(line.get(name, "")) == "1"]
        yield row(
            image,
            "cfp",
            graded + columns(line, named),
            " ".join((f"ICDR {whole(line['DR_ICDR'])}", *found)),
            patient=line["patient_id"],
            eye=EYES.get(whole(line.get("exam_eye", "")), "") if "drusen" in line else "",
            age=whole(line.get("patient_age", "")),
            sex=SEXES.get(whole(line.get("patient_sex", "")), ""),
            camera=line.get("camera", ""),
            quality=line.get("quality", ""),
        )
