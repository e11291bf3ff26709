"""A data set as it lies on disk: which images there are, which table names which, and what had to be refused.

Patterns are matched against the end of a path, without case, and `*` also crosses folders: `train/*` finds
`EyePACS/train/10_left.jpeg`, so it does not matter how deep an archive unpacked.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from mmfundus.data import images
from mmfundus.data.sources import _sheets
from mmfundus.data.sources._labels import NOTHING, Stated, whole
from mmfundus.data.sources._sheets import Line, Table
from mmfundus.data.sources._source import Asked
from mmfundus.errors import ManifestError, UsageError
from mmfundus.types import Refusal, Row

READABLE = frozenset(ending for endings in images.ENDINGS.values() for ending in endings)
PICTURES = READABLE | {".gif", ".ppm"}  # no formats that training reads, but they must be accounted for


class Folder:
    """The files below a root, listed once, and the ledger of what was refused."""

    def __init__(self, root: Path, asked: Asked | None = None) -> None:
        self.root = root
        self.asked = asked or Asked()
        self.refused: list[Refusal] = []
        self.adopted: frozenset[str] = frozenset()  # images that a source knows for such by their content
        self.files = tuple(sorted(_walk(root)))
        self.images = tuple(name for name in self.files if PurePosixPath(name).suffix.lower() in PICTURES)

    def refuse(self, item: str, reason: str) -> None:
        """Put one image or table line on the ledger; it gets no row."""
        self.refused.append(Refusal(item, reason))

    def adopt(self, held: Mapping[str, Sequence[str]]) -> None:
        """Count files as the images they hold, whatever their names end in: each as its frames, or as itself."""
        images = [image for each in held.values() for image in each]
        self.images = tuple(sorted({*(name for name in self.images if name not in held), *images}))
        self.adopted |= set(images)

    def under(self, *patterns: str) -> tuple[str, ...]:
        """Images whose paths match one of the patterns, sorted."""
        return tuple(name for name in self.images if matches(name, patterns))

    def index(self, *patterns: str) -> "Index":
        """The same images, to be found by name."""
        return Index(self.under(*patterns), " or ".join(patterns))

    def has(self, *patterns: str) -> bool:
        """Whether any file matches."""
        return any(matches(name, patterns) for name in self.files)

    def file(self, *patterns: str) -> str:
        """The one file that matches, or that is named exactly. Raises UsageError for none and for several."""
        found = [name for name in self.files if name in patterns or matches(name, patterns)]
        if not found:
            raise UsageError(
                f"There is no {' or '.join(patterns)!r} below {self.root.name!r}. Give the set's own folder."
            )
        if len(found) > 1:
            raise UsageError(f"{found[0]!r} and {found[1]!r} below {self.root.name!r} are one table twice. Keep one.")
        return found[0]

    def table(self, *patterns: str, needs: Sequence[str]) -> Table:
        """The one table that matches, its header the first row with the needed columns."""
        return _sheets.read(self.root / self.file(*patterns), needs)

    def json(self, *patterns: str) -> Any:
        """The one JSON file that matches. Raises ManifestError where it is none."""
        name = self.file(*patterns)
        try:
            return json.loads((self.root / name).read_text(encoding="utf-8-sig"))
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ManifestError(f"{name} is not JSON ({type(error).__name__}).") from None

    def matched(self, table: Table, column: str, found: "Index") -> Iterator[tuple[Line, str]]:
        """Each line of a table with its image; a line whose image is missing or not the only one is refused."""
        for line in table.lines:
            if image := self.find(found, line.get(column, ""), table.name):
                yield line, image

    def find(self, found: "Index", name: str, table: str) -> str:
        """The image that a table names; empty, and refused, where there is none or more than one."""
        candidates = found.all(name)
        if len(candidates) == 1:
            return candidates[0]
        if not candidates:
            self.refuse(name or "(no name)", f"{table} names this image, but it is not among {found.where}.")
        else:
            self.refuse(name, f"{table} may mean {' or '.join(map(repr, candidates))}. Keep the right one.")
        return ""

    def by_class(self, said: Mapping[str, Stated], unmapped: Mapping[str, str]) -> Iterator[tuple[str, str, Stated]]:
        """Images below a folder that bears a class's name, with the class and what it states; the innermost counts."""
        classes = {name.casefold(): name for name in (*said, *unmapped)}
        for image in self.images:
            parents = (part.casefold() for part in reversed(PurePosixPath(image).parts[:-1]))
            label = next((classes[part] for part in parents if part in classes), None)
            if label is not None:
                yield image, label, said.get(label, NOTHING)

    def meaning(self, image: str, label: str, said: Mapping[str, Stated], unmapped: Mapping[str, str]) -> Stated | None:
        """What a label states; nothing for one that is known to have no concept; None, and refused, if unknown."""
        key = whole(label)
        if key in said:
            return said[key]
        if key in unmapped:
            return NOTHING
        known = ", ".join(repr(name) for name in (*said, *unmapped))
        self.refuse(image, f"its label {label!r} is not one of those the set is known to use: {known}.")
        return None


class Index:
    """Images by file name: with its ending where that fits exactly, else by the name before it."""

    def __init__(self, images: Sequence[str], where: str) -> None:
        self.where = where
        self._named: defaultdict[str, list[str]] = defaultdict(list)
        self._stems: defaultdict[str, list[str]] = defaultdict(list)
        for image in images:
            name = PurePosixPath(image).name.casefold()
            self._named[name].append(image)
            self._stems[_stem(name)].append(image)

    def all(self, name: str) -> tuple[str, ...]:
        """Every image that may be meant; folders in the name are looked at only to choose among several."""
        path = name.strip().replace("\\", "/").casefold()
        key = path.rsplit("/", 1)[-1]
        found = tuple(self._named.get(key) or self._stems.get(_stem(key)) or ())
        exact = tuple(image for image in found if f"/{image.casefold()}".endswith(f"/{path}"))
        return exact if len(found) > 1 and len(exact) == 1 else found


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a path ends in one of the patterns."""
    path = "/" + name.casefold()
    return any(fnmatchcase(path, "*/" + pattern.casefold()) for pattern in patterns)


def row(
    image: str,
    modality: str,
    stated: Stated,
    label: str,
    *,
    patient: str = "",
    eye: str = "",
    study: str = "",
    split: str = "",
    captions: Sequence[str] = (),
    **extra: str,
) -> Row:
    """One manifest row; an empty split is dealt later, an empty patient is the image itself."""
    return Row(
        image=image,
        modality=modality,
        patient=patient or image,
        eye=eye,
        study=study,
        present=stated.present,
        absent=stated.absent,
        captions=tuple(text for text in captions if text),
        split=split,
        extra={"source_label": label, **extra},
    )


def _stem(name: str) -> str:
    """`20051020_43808_0100_PP` and `im0001.v2` keep their dots: only an ending of a picture is one."""
    path = PurePosixPath(name)
    return path.stem if path.suffix in PICTURES else name


def _walk(root: Path) -> Iterator[str]:
    """Every file below the root; linked folders are followed, each place once."""
    seen: set[str] = set()
    for parent, folders, names in os.walk(root, followlinks=True):
        if (real := os.path.realpath(parent)) in seen:
            folders.clear()
            continue
        seen.add(real)
        for name in names:
            yield Path(parent, name).relative_to(root).as_posix()
