"""HEI-MED: photographs of a telemedicine network with every exudate outlined, each of another person.

Beside NAME.jpg lie NAME.GND (how many outlines, then what each is) and NAME.meta. Hard and soft exudates were not told
apart, so an outline proves neither; but an image without one has no hard exudates. An image without a .GND is
without lesions, as the publishers' own reader has it.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from mmfundus.data.sources import _sheets
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NOTHING, Stated, sex
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="Hamilton Eye Institute Macular Edema Dataset",
    url="https://github.com/lgiancaUTH/HEI-MED",
    licence="non-commercial research only",
    citation="Giancardo et al. 2012, Medical Image Analysis 16(1):216-226, doi:10.1016/j.media.2011.07.004",
    modalities=("cfp",),
    images=169,
    patients=169,
    confirmed="the publishers' repository: DMED/(00000003).jpg, .GND, .meta, misc/Dmed.m",
    unmapped={"exudates": "hard or soft, not told apart"},
    aside={"*_vess.png": "vessels as a program saw them"},
)


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each photograph; there is no official split."""
    for image in folder.under("DMED/*.jpg"):
        beside = folder.root / image
        record, about = beside.with_suffix(".GND"), beside.with_suffix(".meta")
        blobs = _blobs(_sheets.text(record)) if record.is_file() else []
        if blobs is None:
            folder.refuse(image, f"{PurePosixPath(image).stem}.GND does not begin with the number of its outlines.")
            continue
        exudates = any("exudate" in blob.lower() for blob in blobs)
        stated = NOTHING if exudates else Stated(absent=("hard_exudates",))
        meta = dict(re.findall(r"~(\w+):?~(.*)", _sheets.text(about))) if about.is_file() else {}
        label = "exudates" if exudates else "no exudates"
        yield row(image, "cfp", stated, label, sex=sex(meta.get("PatientGender", "")))


def _blobs(text: str) -> list[str] | None:
    """What was outlined; None where the file is not of this form."""
    lines = text.splitlines()
    if lines and lines[0].upper().startswith("GNDVERSION"):
        lines = lines[1:]
    if not lines or not lines[0].strip().isdigit():
        return None
    return lines[1 : int(lines[0]) + 1]
