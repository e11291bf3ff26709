"""FFA-IR: fluorescein angiograms of clinical practice in China, many frames an examination, with its report.

The report is of the whole examination and becomes the caption of each frame. It states no concept: which frame shows
what is not said. An examination is taken for the patient, who is not named.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NOTHING
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="FFA-IR, angiograms with reports",
    url="https://physionet.org/content/ffa-ir-medical-report/1.0.0/",
    licence="PhysioNet Credentialed Health Data License (version unconfirmed)",
    citation="Li et al. 2021, NeurIPS Datasets and Benchmarks, FFA-IR",
    modalities=("fa",),
    images=1_048_584,
    patients=None,
    confirmed="the publishers' README and public loaders: ffair_annotation.json, split > case > En_Report, "
    "Image_path (case_1/2.jpeg); FFAIR/",
)
SPLITS = {"train": "train", "val": "val", "valid": "val", "test": "test"}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each frame of each examination, in the split of the publishers."""
    lying = {"/".join(image.split("/")[-2:]): image for image in folder.images}
    for part, cases in folder.json("ffair_annotation.json").items():
        if part not in SPLITS:
            folder.refuse(part, f"ffair_annotation.json has a part that is none of {', '.join(SPLITS)}.")
            continue
        for case, told in cases.items():
            for path in told["Image_path"]:
                image = lying.get("/".join(path.split("/")[-2:]))
                if image is None:
                    folder.refuse(path, "ffair_annotation.json names this image, but there is no such file.")
                    continue
                caption = " ".join(str(told.get("En_Report", "")).split())
                yield row(image, "fa", NOTHING, "", patient=case, study=case, split=SPLITS[part], captions=(caption,))
