"""Tiny made folders in the layouts of data sets, and what becomes of them.

Each test file of a source holds a sound `LAYOUT`: path -> None for a picture, text for a text file, a list of rows for
an Excel sheet. tests/data/test_converting.py runs them all.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from xml.sax.saxutils import escape

import numpy as np
import pytest
from PIL import Image

from mmfundus.data import converting
from mmfundus.data.sources._source import Asked


def picture(path: Path, number: int) -> None:
    """Twenty pixels a side, no two alike; the file's ending decides the format."""
    pixels = np.random.default_rng(number).integers(0, 255, (20, 20, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def excel(path: Path, rows: list[list[object]]) -> None:
    """A workbook of one sheet: numbers as numbers, text inline, None as a cell that is left out."""
    lines = []
    for i, row in enumerate(rows, start=1):
        cells = []
        for j, value in enumerate(row):
            place = f"{chr(ord('A') + j)}{i}"
            if isinstance(value, int | float):
                cells.append(f'<c r="{place}"><v>{value}</v></c>')
            elif value is not None:
                cells.append(f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>')
        lines.append(f'<row r="{i}">{"".join(cells)}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
        )


def lay_out(root: Path, files: Mapping[str, object]) -> Path:
    """Make the files below the root."""
    for number, (name, content) in enumerate(files.items()):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case None:
                picture(path, number)
            case str():
                path.write_text(content, encoding="utf-8")
            case bytes():
                path.write_bytes(content)
            case list():
                excel(path, content)
    return root


@pytest.fixture
def lay(tmp_path: Path):
    """Lay files out in a fresh folder."""
    return lambda files: lay_out(tmp_path / "data", files)


@pytest.fixture
def convert(lay):
    """Convert a made folder: rows and reasons of refusal by image, and the whole result."""

    def run(name: str, files: Mapping[str, object], **asked: object) -> SimpleNamespace:
        done = converting.convert(name, lay(files), Asked(**asked))
        refused = {item.item: item.reason for item in done.refused}
        return SimpleNamespace(rows={row.image: row for row in done.rows}, refused=refused, done=done)

    return run
