"""Tables of data sets: CSV in whatever form it was saved, text with tabs or semicolons, and Excel sheets.

An .xlsx is a zip of XML (ECMA-376, part 1, section 18), of which the cells of the first sheet are all that is
needed here; so no spreadsheet library is. The old binary .xls is refused.
"""

import csv
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from mmfundus.errors import ManifestError

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls")
ENCODINGS = ("utf-8-sig", "gb18030", "latin-1")  # the last reads anything
DELIMITERS = ",;\t"
HEADER_WITHIN = 10  # rows that may stand above the header
LARGEST_PART = 1 << 28  # bytes of one part of an .xlsx, unpacked

Line = dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's file name and its lines by column name; an unnamed column is `column_N`, counted from 1."""

    name: str
    lines: tuple[Line, ...]


def read(path: Path, needs: Sequence[str] = ()) -> Table:
    """The lines below the first row that holds every needed column name, compared without case.

    Columns are then found under the very names of `needs`. Raises ManifestError: no such header, no table.
    """
    cells = list(_cells(path))
    at = next((i for i, row in enumerate(cells[:HEADER_WITHIN]) if _holds(row, needs)), None)
    if at is None:
        seen = ", ".join(repr(name) for name in (cells[0] if cells else []) if name) or "none"
        raise ManifestError(
            f"{path.name} has no header with {' and '.join(repr(name) for name in needs)}; its first row is: {seen}."
        )
    width = max(len(row) for row in cells[at:]) if path.suffix.lower() == ".xlsx" else len(cells[at])
    names = _names(cells[at] + [""] * (width - len(cells[at])), needs)
    lines = []
    for i, row in enumerate(cells[at + 1 :], start=at + 2):
        if any(row[width:]):  # an unquoted comma: which cells belong together cannot be known
            raise ManifestError(
                f"{path.name}, row {i}: {len(row)} cells where the header has {width}. Quote cells that hold a comma."
            )
        if any(row):
            lines.append(dict(zip(names, (row + [""] * width)[:width], strict=True)))
    return Table(path.name, tuple(lines))


def _names(header: Sequence[str], needs: Sequence[str]) -> list[str]:
    """Names of columns: those of `needs` as they are written there, nameless and repeated ones by number."""
    known = {name.casefold(): name for name in needs}
    names: list[str] = []
    for i, name in enumerate(header):
        meant = known.get(name.casefold(), name) or f"column_{i + 1}"
        names.append(meant if meant not in names else f"column_{i + 1}")
    return names


def plain(path: Path, names: Sequence[str], delimiter: str | None = None) -> Table:
    """A table without a header, its columns named by `names`; `delimiter` None = runs of white space."""
    rows = (line.split(delimiter, len(names) - 1) for line in text(path).splitlines() if line.strip())
    padded = ([cell.strip().strip('"') for cell in row] + [""] * (len(names) - len(row)) for row in rows)
    return Table(path.name, tuple(dict(zip(names, row, strict=True)) for row in padded))


def _holds(row: Sequence[str], needs: Sequence[str]) -> bool:
    present = {name.casefold() for name in row}
    return any(present) and all(name.casefold() in present for name in needs)


def _cells(path: Path) -> Iterator[list[str]]:
    if path.suffix.lower() == ".xls":
        raise ManifestError(f"{path.name} is an old Excel file. Save it as .xlsx or .csv beside it and remove it.")
    if path.suffix.lower() == ".xlsx":
        yield from _excel(path)
        return
    said = text(path)
    delimiter = max(DELIMITERS, key=said.split("\n", 1)[0].count)
    try:
        for row in csv.reader(said.splitlines(keepends=True), delimiter=delimiter):
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise ManifestError(f"{path.name} is not a readable table ({error}).") from None


def text(path: Path) -> str:
    """What a text file says, in whichever of the usual encodings it was saved."""
    data = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 reads anything")


def _excel(path: Path) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(path) as parts:
            shared = _strings(parts)
            sheet = min(
                (name for name in parts.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)),
                key=lambda name: (len(name), name),
            )
            for row in _xml(parts, sheet).iter(_tag("row")):
                yield _row(row, shared)
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, ValueError, IndexError) as error:
        raise ManifestError(f"{path.name} is not a readable Excel file ({type(error).__name__}).") from None


def _tag(name: str) -> str:
    return "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}" + name


def _xml(parts: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """A part of the file; entities cannot grow, for expat limits them since 2.4.1 and size is limited here."""
    if parts.getinfo(name).file_size > LARGEST_PART:
        raise ValueError(name)
    return ElementTree.fromstring(parts.read(name))  # noqa: S314


def _strings(parts: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in parts.namelist():
        return []
    return [_words(item) for item in _xml(parts, "xl/sharedStrings.xml").iter(_tag("si"))]


def _words(item: ElementTree.Element) -> str:
    return "".join(text.text or "" for text in item.iter(_tag("t")))


def _row(row: ElementTree.Element, shared: Sequence[str]) -> list[str]:
    """Cells in the order of their columns; those that the file leaves out are empty."""
    found: dict[int, str] = {}
    for i, cell in enumerate(row.iter(_tag("c"))):
        column = _column(cell.get("r", "")) if cell.get("r") else i
        value = cell.findtext(_tag("v")) or ""
        match cell.get("t"):
            case "s":
                value = shared[int(value)]
            case "inlineStr":
                value = _words(cell)
        found[column] = value.strip()
    return [found.get(i, "") for i in range(max(found, default=-1) + 1)]


def _column(place: str) -> int:
    """`C7` is column 2: letters are digits of a number to the base of 26, from 1."""
    number = 0
    for letter in re.match(r"[A-Z]*", place)[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
