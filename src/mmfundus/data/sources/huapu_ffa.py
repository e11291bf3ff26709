"""huapu_ffa: frames of fluorescein angiograms, by phase in one task and by disease in another, a folder a class.

`non_ffa` are infrared and autofluorescence images. Patients are not named; two frames were found to be of one eye.
"""

from collections.abc import Iterator

from mmfundus.data.sources._classes import HUAPU
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="HUAPU fluorescein angiography, published part",
    url="https://github.com/huapu4/FFA",
    licence="Apache-2.0",
    citation="huapu4/FFA: a deep learning-based angiography analytics protocol, repository on GitHub",
    modalities=("fa", "slo"),
    images=None,
    patients=None,
    confirmed="the publishers' repository: origin_data/01.phase_identification/CLASS, 02.disease_diagnosis/CLASS",
    aside={"origin_data/03*": "of a task of segmentation", "origin_data/04*": "of a task of segmentation"},
)
# Two frames whose vessel maps correlate at 0.69, every other pair below 0.33; see recipes/sample.py.
SAME_EYE = ("arterial_phase/00016.jpg", "arterial_phase/00017.jpg")


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each frame of a class folder; there is no official split."""
    for image, label, stated in folder.by_class(HUAPU, {}):
        modality = "slo" if label == "non_ffa" else "fa"
        patient = "eye_1" if image.endswith(SAME_EYE) else ""
        phase = label.removesuffix("_phase") if label.endswith("_phase") else ""
        yield row(image, modality, stated, label, patient=patient, phase=phase)
