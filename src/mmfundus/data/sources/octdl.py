"""OCTDL: B-scans with one disease each, patient, eye and sex.

The table repeats the class that the folder says; where they differ the image is refused.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from mmfundus.data.sources import _eyes
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NORMAL, Stated, sex
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="OCTDL, optical coherence tomography dataset for deep learning",
    url="https://doi.org/10.17632/sncdhf53xc",
    licence="CC BY 4.0",
    citation="Kulyabin et al. 2024, Scientific Data 11:365, doi:10.1038/s41597-024-03182-7",
    modalities=("oct",),
    images=2_064,
    patients=821,
    confirmed="several public loaders: OCTDL_labels.csv (file_name, disease, patient_id, eye, sex), OCTDL/AMD",
    unmapped={"VID": "any disease of the vitreomacular interface"},
)
DISEASES = {
    "AMD": Stated(("amd",)),
    "DME": Stated(("diabetic_macular_edema",)),
    "ERM": Stated(("epiretinal_membrane",)),
    "NO": NORMAL,
    "RAO": Stated(("retinal_artery_occlusion",)),
    "RVO": Stated(("retinal_vein_occlusion",)),
}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each scan of the table; there is no official split."""
    table = folder.table("OCTDL_labels.csv", needs=("file_name", "disease", "patient_id"))
    for line, image in folder.matched(table, "file_name", folder.index("*")):
        disease, place = line["disease"], PurePosixPath(image).parent.name
        stated = folder.meaning(image, disease, DISEASES, SOURCE.unmapped)
        if stated is None:
            continue
        if place in (*DISEASES, *SOURCE.unmapped) and place != disease:
            folder.refuse(image, f"{table.name} says {disease!r} and its folder {place!r}.")
            continue
        extra = {"sex": sex(line.get("sex", "")), "condition": line.get("condition", "")}
        patient, eye = line["patient_id"], _eyes.side(line.get("eye", ""))
        yield row(image, "oct", stated, disease, patient=patient, eye=eye, **extra)
