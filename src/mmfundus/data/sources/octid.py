"""OCTID: foveal B-scans of a clinic in Chennai, a folder a class; a class is the leading disease."""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NORMAL, Stated
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="OCTID, optical coherence tomography image database",
    url="https://borealisdata.ca/dataverse/OCTID",
    licence="as stated on the download page (unconfirmed)",
    citation="Gholami et al. 2020, Computers & Electrical Engineering 81:106532, doi:10.1016/j.compeleceng.2019.106532",
    modalities=("oct",),
    images=572,
    patients=None,
    confirmed="a public loader: one folder a class, named as below",
)
CLASSES = {
    "Age-related-Macular-Degeneration-Retinal-OCT-images": Stated(("amd",)),
    "Central-serous-retinopathy-retinal-OCT-images": Stated(("central_serous_chorioretinopathy",)),
    "Diabetic-Retinopathy-Retinal-OCT-Images": Stated(("diabetic_retinopathy",)),
    "Macular-Hole-Retinal-OCT-images": Stated(("macular_hole",)),
    "Normal-Retinal-OCT-images": NORMAL,
}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each scan of a class folder; there is no official split, and patients are not named."""
    for image, label, stated in folder.by_class(CLASSES, {}):
        yield row(image, "oct", stated, label)
