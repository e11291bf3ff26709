"""PAPILA: photographs of both eyes of each person, with the clinical record of each eye.

Diagnosis 0 is no glaucoma, 1 glaucoma, 2 suspect. One sheet an eye; its header takes three rows, and the first column,
the patient's number after a #, has no name.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import GLAUCOMA, NO_GLAUCOMA, Stated, whole
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="PAPILA, fundus images and clinical data of both eyes",
    url="https://doi.org/10.6084/m9.figshare.14798004",
    licence="as stated on the download page (unconfirmed)",
    citation="Kovalyk et al. 2022, Scientific Data 9:291, doi:10.1038/s41597-022-01388-1",
    modalities=("cfp",),
    images=488,
    patients=244,
    confirmed="FLAIR and other loaders: FundusImages/RET002OD.jpg, ClinicalData/patient_data_od.xlsx",
)
DIAGNOSES = {"0": NO_GLAUCOMA, "1": GLAUCOMA, "2": Stated(("glaucoma_suspect",))}
SEXES = {"0": "M", "1": "F"}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each eye of the two sheets; there is no official split."""
    found = folder.index("FundusImages/*")
    for sheet, side, eye in (("patient_data_od", "OD", "R"), ("patient_data_os", "OS", "L")):
        table = folder.table(f"{sheet}.xlsx", f"{sheet}.csv", needs=("Age", "Gender", "Diagnosis"))
        for line in table.lines:
            patient = line["column_1"].lstrip("#")
            if not patient.isdigit():  # the second and third row of the header
                continue
            image = folder.find(found, f"RET{patient}{side}.jpg", table.name)
            stated = folder.meaning(image, line["Diagnosis"], DIAGNOSES, {}) if image else None
            if stated is not None:
                yield row(
                    image,
                    "cfp",
                    stated,
                    whole(line["Diagnosis"]),
                    patient=patient,
                    eye=eye,
                    age=whole(line["Age"]),
                    sex=SEXES.get(whole(line["Gender"]), ""),
                )
