"""STARE: some four hundred photographed slides with the diagnosis codes of an expert, and his words.

A line is the image, its codes and the words. Where the words doubt ("?", "or") the codes state nothing. The publishers
give PPM files, which are not read here: the index takes copies saved under the same name as PNG, TIFF or JPEG.
"""

import re
from collections.abc import Iterator

from mmfundus.data.sources import _sheets
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NORMAL, NOTHING, Stated, together
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="STARE, structured analysis of the retina",
    url="https://cecas.clemson.edu/~ahoover/stare/",
    licence="none stated",
    citation="Hoover et al. 2000, IEEE Transactions on Medical Imaging 19(3):203-210, doi:10.1109/42.845178",
    modalities=("cfp",),
    images=397,
    patients=None,
    confirmed="FLAIR and other loaders: all-mg-codes.txt (im0001, codes, words), im0001.ppm; a public code list",
    unmapped={"9": "arteriosclerotic retinopathy", "14": "another diagnosis, told in words"},
    aside={"*.ppm": "the original of a picture saved in another format"},
)
CODES = {
    "0": NORMAL,
    "1": Stated(("retinal_embolus",)),
    "2": Stated(("brao",)),
    "3": Stated(("cilioretinal_artery_occlusion",)),
    "4": Stated(("brvo",)),
    "5": Stated(("crvo",)),
    "6": Stated(("hemiretinal_vein_occlusion",)),
    "7": Stated(("diabetic_retinopathy",)),
    "8": Stated(("pdr",)),
    "10": Stated(("hypertensive_retinopathy",)),
    "11": Stated(("coats_disease",)),
    "12": Stated(("retinal_macroaneurysm",)),
    "13": Stated(("choroidal_neovascularization",)),
}
LINE = re.compile(r"(im\d+)\s+((?:\d+\s+)*)(.*)")
DOUBT = re.compile(r"\?|\bor\b", re.IGNORECASE)


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each image of the list; there is no official split."""
    name = folder.file("all-mg-codes.txt")
    readable, any_format = folder.index("*.png", "*.tif", "*.tiff", "*.jpg", "*.jpeg"), folder.index("im*")
    for text in _sheets.text(folder.root / name).splitlines():
        line = LINE.fullmatch(text.strip())
        if line is None:
            if text.strip():
                folder.refuse(text.split()[0], f"{name} says this in no form that is known: {text.strip()!r}.")
            continue
        found = readable if readable.all(line[1]) else any_format
        words = line[3].strip().strip('"')
        if image := folder.find(found, line[1], name):
            stated = [folder.meaning(image, code, CODES, SOURCE.unmapped) for code in line[2].split()]
            known = [one for one in stated if one is not None]
            if len(known) == len(stated):
                yield row(image, "cfp", NOTHING if DOUBT.search(words) else together(known), words)
