"""Any table of images: --table names it, --columns says which of its columns is what.

`image=file patient=pid label=diagnosis glaucoma=is_glaucoma`: to the left a column of the manifest, `label` (names of
concepts, joined by `;`) or a concept's id (a column of 1 present, 0 absent, else unknown). Columns of the table that
are not named are kept as they are.
"""

import re
from collections.abc import Iterator, Mapping

from mmfundus import plugins
from mmfundus.data.sources import _eyes
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NOTHING, Stated, columns, together
from mmfundus.data.sources._source import Source
from mmfundus.errors import UnknownName, UsageError, WorkError
from mmfundus.knowledge import concepts
from mmfundus.types import Row

SOURCE = Source(
    title="Your own table of images",
    url="yours",
    licence="yours",
    citation="yours",
    modalities=("any, by --modality",),
    images=None,
    patients=None,
    confirmed="by definition",
    takes=("modality", "table", "columns"),
    own_ids=False,
)
MEANT = ("image", "modality", "patient", "eye", "study", "split", "label", "present", "absent")
CAPTION = re.compile(r"caption(_\d+)?")
SPLITS = {"": "", "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val"}
SPLITS |= {"test": "test", "testing": "test"}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each line of the table whose image is there."""
    asked = folder.asked
    named = dict(asked.columns)
    flags = {column: name for name, column in named.items() if name in concepts.concepts()}
    _check(folder, named)
    table = folder.table(asked.table, needs=tuple(dict.fromkeys(named.values())))
    kept = [name for name in (table.lines[0] if table.lines else ()) if name not in named.values()]
    there, found = frozenset(folder.images), folder.index("*")
    for line in table.lines:
        cell = {name: line[named[name]] if name in named else "" for name in MEANT}
        image = cell["image"].replace("\\", "/").removeprefix("./")
        image = image if image in there else folder.find(found, image, table.name)
        stated = _stated(folder, image, cell, asked.modality or cell["modality"]) if image else None
        if stated is None:
            continue
        if cell["split"].lower() not in SPLITS:
            folder.refuse(image, f"its split {cell['split']!r} is none of train, val and test.")
            continue
        yield row(
            image,
            asked.modality or cell["modality"],
            stated + columns(line, flags),
            cell["label"],
            patient=cell["patient"],
            eye=_eyes.side(cell["eye"]),
            study=cell["study"],
            split=SPLITS[cell["split"].lower()],
            captions=[line[named[name]] for name in sorted(named, key=_length_first) if CAPTION.fullmatch(name)],
            **{_free(name): line[name] for name in kept},
        )


def _length_first(name: str) -> tuple[int, str]:
    """caption, caption_2, caption_10: in the order of their numbers."""
    return len(name), name


def _check(folder: Folder, named: Mapping[str, str]) -> None:
    asked = folder.asked
    if not asked.table:
        raise UsageError("Say which table: --table FILE, a path below the root.")
    if "image" not in named:
        raise UsageError("Say which column names the image: --columns image=COLUMN.")
    if not asked.modality and "modality" not in named:
        raise UsageError("Say what kind of image it is: --modality, or --columns modality=COLUMN.")
    if asked.modality:
        plugins.load("mmfundus.modalities", asked.modality)
    for name in named:
        if name not in MEANT and name not in concepts.concepts() and not CAPTION.fullmatch(name):
            raise UnknownName("manifest column or concept", name, (*MEANT, "caption", *concepts.concepts()))


def _stated(folder: Folder, image: str, cell: Mapping[str, str], modality: str) -> Stated | None:
    """What label, present and absent say; None, and refused, where a name is no concept."""
    said = []
    for column in ("label", "present", "absent"):
        for name in (part.strip() for part in cell[column].split(";")):
            if not name:
                continue
            try:
                concept = concepts.find(name, modality).id
            except (UnknownName, WorkError) as error:
                folder.refuse(image, str(error).partition(" The choices are")[0])
                return None
            said.append(Stated(absent=(concept,)) if column == "absent" else Stated((concept,)))
    return together(said) if said else NOTHING


def _free(name: str) -> str:
    """A kept column's name, out of the way of the manifest's own."""
    taken = {*MEANT, "source", "source_label"}
    return f"source_{name}" if name.lower() in taken or CAPTION.fullmatch(name.lower()) else name
