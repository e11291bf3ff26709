"""Open UWF: Optos images of a hospital in Zhejiang, six diseases and healthy volunteers, a folder a class.

A class is the leading disease. The table of image quality beside the images is not read.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NORMAL, Stated
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="Open ultra-widefield images with diagnosis and image quality",
    url="https://doi.org/10.6084/m9.figshare.26936446",
    licence="CC BY 4.0",
    citation="Open ultrawidefield fundus image dataset, Scientific Data 2024, doi:10.1038/s41597-024-04113-2",
    modalities=("uwf",),
    images=700,
    patients=None,
    confirmed="a public loader: Original UWF Image/DR, AMD, RVO, PM, Uveitis, RD, Healthy; Ground Truth.xlsx",
)
CLASSES = {
    "DR": Stated(("diabetic_retinopathy",)),
    "AMD": Stated(("amd",)),
    "RVO": Stated(("retinal_vein_occlusion",)),
    "PM": Stated(("pathological_myopia",)),
    "Uveitis": Stated(("uveitis",)),
    "RD": Stated(("retinal_detachment",)),
    "Healthy": NORMAL,
}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each image of a class folder; there is no official split, and patients are not named."""
    for image, label, stated in folder.by_class(CLASSES, {}):
        yield row(image, "uwf", stated, label)
