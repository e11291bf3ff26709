"""MM-Retinal: pictures of four textbooks with their captions, for colour photographs, angiograms and OCT.

Pictures of one figure (figure01-05B, figure01-05C) are mostly of one person, so a figure is one patient. The folder
of angiograms also holds what is none, by its caption: autofluorescence goes to `slo`; red-free photographs and
indocyanine green angiograms have no modality here and are refused.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NOTHING
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="MM-Retinal, version 1",
    url="https://github.com/lxirich/MM-Retinal",
    licence="none stated; scans of textbooks",
    citation="Wu et al. 2024, MICCAI, doi:10.1007/978-3-031-72378-0_67",
    modalities=("cfp", "fa", "oct", "slo"),
    images=4_349,
    patients=None,
    confirmed="the publishers' code, KeepFIT/KeepFIT-CFP/local_data/prepare_partitions.py: CFP_translated_v1.csv "
    "(Image_ID, en_caption), CFP/ID.jpg or .png; a public loader: FFA_translated_v1.csv, OCT_translated_v1.csv",
)
MODALITIES = {"CFP": "cfp", "FFA": "fa", "OCT": "oct"}
DYE = re.compile(r"\bFF?A\b|fluorescein|fluorescence angiogra|arteriovenous phase", re.IGNORECASE)
GREEN = re.compile(r"\bICGA?\b|indocyanine", re.IGNORECASE)
OWN_LIGHT = re.compile(r"autofluorescence|\bFAF\b", re.IGNORECASE)
RED_FREE = re.compile(r"red[- ]free|without (ruddy|red)", re.IGNORECASE)
FIGURE = re.compile(r"(.*\d)[A-Za-z]?")


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each captioned picture of the tables that are there; there is no official split."""
    for part, modality in MODALITIES.items():
        name = f"{part}_translated_v1.csv"
        if not folder.has(name):
            continue
        table = folder.table(name, needs=("Image_ID", "en_caption"))
        for line, image in folder.matched(table, "Image_ID", folder.index(f"{part}/*")):
            caption = line["en_caption"]
            seen = _angiogram(caption) if modality == "fa" else modality
            if not seen:
                folder.refuse(image, "by its caption it is red-free or indocyanine green, which no modality here is.")
                continue
            figure = FIGURE.fullmatch(PurePosixPath(image).stem)
            patient = figure[1] if figure else ""
            yield row(image, seen, NOTHING, part, patient=patient, captions=(caption,))


def _angiogram(caption: str) -> str:
    """What a picture of the folder of angiograms is, by its words; empty for what no modality here is."""
    if OWN_LIGHT.search(caption) and not DYE.search(caption):
        return "slo"
    if (GREEN.search(caption) or RED_FREE.search(caption)) and not DYE.search(caption):
        return ""
    return "fa"
