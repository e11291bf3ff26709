"""OCT-C8: B-scans put together from other public sets, one of eight classes each, with a split by image.

It names no patient, so one may be in several of its splits. Scans of OCT2017 may be among them under new names
(unconfirmed): compare the two before a model that was trained on one is judged on the other.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NORMAL, Stated
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="Retinal OCT C8",
    url="https://www.kaggle.com/datasets/obulisainaren/retinal-oct-c8",
    licence="as stated on the download page (unconfirmed)",
    citation="Subramanian et al. 2022, ICCCI, doi:10.1109/ICCCI54379.2022.9740985",
    modalities=("oct",),
    images=24_000,
    patients=None,
    confirmed="a public loader: RetinalOCT_Dataset/train|val|test/CLASS",
)
CLASSES = {
    "AMD": Stated(("amd",)),
    "CNV": Stated(("choroidal_neovascularization",)),
    "CSR": Stated(("central_serous_chorioretinopathy",)),
    "DME": Stated(("diabetic_macular_edema",)),
    "DR": Stated(("diabetic_retinopathy",)),
    "DRUSEN": Stated(("drusen",)),
    "MH": Stated(("macular_hole",)),
    "NORMAL": NORMAL,
}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each scan below a class folder, in the split of the publishers."""
    for image, label, stated in folder.by_class(CLASSES, {}):
        split = next((part for part in ("train", "val", "test") if part in PurePosixPath(image).parts), "")
        yield row(image, "oct", stated, label, split=split)
