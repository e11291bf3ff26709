"""DeepEyeNet: pictures of an image bank with keywords and a description, colour photographs and angiograms mixed.

Keywords may list what was considered as well as what was found, so they are captions and state no concept. Which
picture is an angiogram is not published: words of one make it `fa`, words of OCT `oct`, all else is taken for a colour
photograph, and the column `modality_by` says so (`text` or `assumed`).
"""

import re
from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NOTHING
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="DeepEyeNet",
    url="https://github.com/Jhhuangkay/DeepOpht-Medical-Report-Generation-for-Retinal-Images-via-Deep-Models-and-"
    "Visual-Explanation",
    licence="on request to the publishers",
    citation="Huang et al. 2021, WACV, DeepOpht",
    modalities=("cfp", "fa", "oct"),
    images=15_709,
    patients=None,
    confirmed="the publishers' README and FLAIR: DeepEyeNet_train|valid|test.json, a list of "
    '{"eyenet0420/train_set/NAME.jpg": {"keywords", "clinical-description"}}',
)
SPLITS = {"train": "train", "valid": "val", "test": "test"}
WORDS = {
    "fa": re.compile(r"fluorescein|angiogra|\bFF?A\b", re.IGNORECASE),
    "oct": re.compile(r"\bOCT\b|coherence tomogra", re.IGNORECASE),
}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each picture of the three lists, in the split of the publishers."""
    lying = {"/".join(image.split("/")[-2:]): image for image in folder.images}
    for part, split in SPLITS.items():
        name = f"DeepEyeNet_{part}.json"
        for entry in folder.json(name):
            for path, told in entry.items():
                image = lying.get("/".join(path.split("/")[-2:]))
                if image is None:
                    folder.refuse(path, f"{name} names this image, but there is no such file.")
                    continue
                keywords, words = (str(told.get(key, "")).strip() for key in ("keywords", "clinical-description"))
                by_text = next((m for m, word in WORDS.items() if word.search(f"{keywords} {words}")), "")
                how = "text" if by_text else "assumed"
                captions = (words, keywords)
                yield row(image, by_text or "cfp", NOTHING, keywords, split=split, captions=captions, modality_by=how)
