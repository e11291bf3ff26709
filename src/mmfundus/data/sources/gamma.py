"""GAMMA: a colour photograph and an OCT volume of each eye, with the stage of glaucoma.

Every B-scan of a volume gets a row with the eye's label; whoever wants the middle ones takes them by name. The
photograph and the scans of one sample share patient and study, so they are one eye in two modalities.
"""

from collections import defaultdict
from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import GLAUCOMA, NO_GLAUCOMA, whole
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="GAMMA, glaucoma grading from two modalities",
    url="https://gamma.grand-challenge.org/",
    licence="rules of the challenge",
    citation="Wu et al. 2023, Medical Image Analysis 90:102938, doi:10.1016/j.media.2023.102938",
    modalities=("cfp", "oct"),
    images=77_100,
    patients=276,
    confirmed="several public loaders: multi-modality_images/0001/0001.jpg, 0001/0001/N_image.jpg, "
    "glaucoma_grading_training_GT.xlsx (data, non, early, mid_advanced)",
    aside={"multi-modality_images/*": "of a sample whose grade was never published"},
)
STAGES = {"non": NO_GLAUCOMA, "early": GLAUCOMA, "mid_advanced": GLAUCOMA}
TABLES = {
    "train": ("*glaucoma_grading_training_GT.xlsx", "train*/multi-modality_images"),
    "test": ("*glaucoma_grading_testing_GT.xlsx", "test*/multi-modality_images"),
}


def rows(folder: Folder) -> Iterator[Row]:
    """Rows for the photograph and the scans of each graded sample, in the split of the challenge."""
    for split, (name, place) in TABLES.items():
        if split == "test" and not folder.has(name):
            continue
        table = folder.table(name, needs=("data", *STAGES))
        samples: defaultdict[str, list[str]] = defaultdict(list)
        for image in folder.under(f"{place}/*"):
            samples[image.split("multi-modality_images/")[-1].split("/")[0]].append(image)
        for line in table.lines:
            sample = whole(line["data"]).zfill(4)
            stages = [stage for stage in STAGES if whole(line[stage]) == "1"]
            if not samples[sample]:
                folder.refuse(sample, f"{table.name} names this sample, but it has no image.")
            for image in samples[sample]:
                if len(stages) != 1:
                    folder.refuse(image, f"{table.name} gives its sample {len(stages)} stages; one is meant.")
                    continue
                modality = "oct" if f"/{sample}/{sample}/" in f"/{image}" else "cfp"
                ids = f"{split}{sample}"
                yield row(image, modality, STAGES[stages[0]], stages[0], patient=ids, study=ids, split=split)
