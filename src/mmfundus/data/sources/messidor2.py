"""Messidor-2: macula-centred pairs of photographs of diabetic patients, with adjudicated grades.

The images and `messidor-2.csv` (left;right, an examination a line) come from ADCIS, the grades of Krause et al.
(`messidor_data.csv`) from Kaggle, and the two do not quite meet: four images have no grade, and some names in the
table end in .jpg where the file ends in .JPG. Adjudicated DME is referable oedema: exudates within one disc diameter
of the fovea. An ungradable image has no grade.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import UNGRADABLE, graded, whole
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="Messidor-2 with the adjudicated grades of Krause et al.",
    url="https://www.adcis.net/en/third-party/messidor2/",
    licence="research and education, on request to ADCIS",
    citation="Decencière et al. 2014, doi:10.5566/ias.1155; Abràmoff et al. 2013, "
    "doi:10.1001/jamaophthalmol.2013.1743; grades: Krause et al. 2018, doi:10.1016/j.ophtha.2018.01.034",
    modalities=("cfp",),
    images=1_748,
    patients=874,
    confirmed="FLAIR, local_data/prepare_partitions.py: messidor_data.csv; several loaders: IMAGES/, messidor-2.csv",
)
NEEDS = ("image_id", "adjudicated_dr_grade", "adjudicated_dme", "adjudicated_gradable")


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each image of the table of grades; the two eyes of an examination are one patient."""
    found = folder.index("*")
    pairs = _pairs(folder)
    for line, image in folder.matched(folder.table("messidor_data.csv", needs=NEEDS), "image_id", found):
        grade, oedema = line["adjudicated_dr_grade"], line["adjudicated_dme"]
        gradable = whole(line["adjudicated_gradable"]) == "1"
        stated = graded(grade, oedema) if gradable else UNGRADABLE
        if stated is None:
            folder.refuse(image, f"its grades {grade!r} and {oedema!r} are not 0 to 4 and 0 or 1.")
            continue
        patient, eye = pairs.get(image.rsplit("/", 1)[-1].casefold().rsplit(".", 1)[0], ("", ""))
        label = f"DR {whole(grade)}, DME {whole(oedema)}" if gradable else "ungradable"
        yield row(image, "cfp", stated, label, patient=patient, eye=eye)


def _pairs(folder: Folder) -> dict[str, tuple[str, str]]:
    """Image name without ending -> patient and eye, from the table of examinations if it is there."""
    if not folder.has("messidor-2.csv"):
        return {}
    table = folder.table("messidor-2.csv", needs=("left", "right"))
    names = {side: [line[side].casefold().rsplit(".", 1)[0] for line in table.lines] for side in ("left", "right")}
    left = {name: (name, "L") for name in names["left"]}
    right = {name: (other, "R") for other, name in zip(names["left"], names["right"], strict=True)}
    return left | right
