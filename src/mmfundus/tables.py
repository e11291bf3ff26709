"""Read and write tables: CSV (UTF-8) and Parquet, by the ending of the file's name.

The only door of duckdb. A table is columns by name; CSV gives text, Parquet gives the
types it holds. Parquet carries its provenance (what made it, from what) as metadata.
Files appear whole or not at all: they are written beside their place and renamed.
"""

import csv
import json
import math
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mmfundus import __version__
from mmfundus.errors import ManifestError, UsageError

Columns = dict[str, list[Any]]
CELL_LIMIT = 1 << 20  # characters; a longer cell is a broken quote, not a caption


def read(path: Path) -> Columns:
    """All columns of a table. Raises UsageError (no such file), ManifestError (broken table)."""
    if not path.is_file():
        raise UsageError(f"There is no table at {str(path)!r}. Give the path of a .csv or .parquet file.")
    match path.suffix.lower():
        case ".csv":
            return _read_csv(path)
        case ".parquet":
            return _read_parquet(path)
    raise _no_table(path)


def write(path: Path, columns: Mapping[str, Sequence[Any]], provenance: Mapping[str, Any] | None = None) -> None:
    """Write columns of equal length; floats keep every bit, NaN and None become empty cells.

    Raises UsageError for a name that ends in neither .csv nor .parquet.
    """
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise _no_table(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as beside:
        if path.suffix.lower() == ".parquet":
            _write_parquet(beside, columns, provenance or {})
        else:
            _write_csv(beside, columns)


def provenance(path: Path) -> dict[str, Any]:
    """What a Parquet table says of its making; empty where it says nothing."""
    with _duckdb() as db:
        found = db.execute("SELECT value FROM parquet_kv_metadata(?) WHERE key = 'mmfundus'", [str(path)]).fetchone()
    return dict(json.loads(found[0])) if found else {}


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to that becomes `path` only when the block ends without an error."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        with open(beside, "rb") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    except OSError as error:  # a full disk says of no file what it is
        if error.filename in (None, str(beside)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        beside.unlink(missing_ok=True)


def writable(folder: Path) -> None:
    """Raise UsageError where nothing can be written to a folder: to be said before the work, not after it."""
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        reason = "is read-only" if nearest.is_dir() else "is a file"
        raise UsageError(f"Nothing can be written to {str(folder)!r}: {nearest.name!r} {reason}. Give another folder.")


def can_be_table(path: Path) -> None:
    """Raise UsageError for a name that no table has: to be said before the work, not after it."""
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise _no_table(path)


def _no_table(path: Path) -> UsageError:
    return UsageError(f"{path.name!r} ends in {path.suffix!r}; a table ends in .csv or .parquet.")


def _read_csv(path: Path) -> Columns:
    csv.field_size_limit(CELL_LIMIT)
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, strict=True)
        header: list[str] = []
        rows: list[list[str]] = []
        try:
            header = [name.strip() for name in next(lines, [])]
            for cells in lines:
                if not cells:  # csv gives [] for a blank line, which spreadsheets leave at the end
                    continue
                if len(cells) != len(header):
                    raise ManifestError(
                        f"{path.name}, line {lines.line_num}: {len(cells)} cells where the header has "
                        f"{len(header)}. Quote cells that contain a comma."
                    )
                rows.append(cells)
        except (csv.Error, UnicodeDecodeError) as error:
            if "field limit" in str(error):
                raise ManifestError(
                    f"{path.name}, near line {lines.line_num + 1}: a cell is longer than {CELL_LIMIT:,} characters. "
                    "Shorten it, or close the quotation mark that was left open before it."
                ) from None
            line = _undecodable(path) if isinstance(error, UnicodeDecodeError) else lines.line_num + 1
            raise ManifestError(
                f"{path.name}, near line {line}: not CSV in UTF-8 ({error}). Save the table as UTF-8 CSV."
            ) from None
    _check_header(path, header)
    return {name: [cells[i] for cells in rows] for i, name in enumerate(header)}


def _undecodable(path: Path) -> int:
    """Number of the first line that is not UTF-8: files are decoded in blocks, ahead of the line that is read."""
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return number


def _check_header(path: Path, header: Sequence[str]) -> None:
    if not any(header):
        raise ManifestError(f"{path.name} is empty: its first line must name the columns.")
    if len(header) == 1 and (mark := next((m for m in (";", "\t") if m in header[0]), "")):
        raise ManifestError(f"{path.name}: its cells are divided by {mark!r}. Save the table with commas.")
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise ManifestError(f"{path.name}: the column {repeated[0]!r} occurs more than once. Keep one of them.")


def _write_csv(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    # A file's name need not be text: bytes that are no UTF-8 are written as escapes.
    with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        plain = csv.writer(file, lineterminator="\n")
        quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for row in (list(columns), *zip(*columns.values(), strict=True)):
            cells = [_cell(value) for value in row]
            # csv quotes a lone carriage return only from Python 3.13 on, yet always reads it as a line's end
            returns = any(isinstance(cell, str) and "\r" in cell for cell in cells)
            (quoted if returns else plain).writerow(cells)


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return value


@contextmanager
def _duckdb() -> Iterator[Any]:
    import duckdb  # 0.2 s, and only Parquet needs it

    # No extension is fetched: a table must never be a reason to touch the network.
    settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    connection = duckdb.connect(config=settings)
    try:
        yield connection
    finally:
        connection.close()


def _read_parquet(path: Path) -> Columns:
    with _duckdb() as db:
        try:
            found = db.execute("SELECT * FROM read_parquet(?)", [str(path)])
            names = [column[0] for column in found.description]
            rows = found.fetchall()
        except Exception as error:  # noqa: BLE001 - duckdb raises many kinds for a broken file; each means the same
            raise ManifestError(f"{path.name} is not a readable Parquet file ({type(error).__name__}).") from None
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def _write_parquet(path: Path, columns: Mapping[str, Sequence[Any]], provenance: Mapping[str, Any]) -> None:
    import numpy as np

    def array(values: Sequence[Any]) -> np.ndarray:
        numeric = np.asarray(values)
        return numeric if numeric.dtype.kind in "fiub" else np.asarray(values, dtype=object)

    with _duckdb() as db:
        db.register("made", {name: array(values) for name, values in columns.items()})
        note = json.dumps(dict(provenance)).replace("'", "''")
        target = str(path).replace("'", "''")
        db.execute(f"COPY made TO '{target}' (FORMAT parquet, KV_METADATA {{mmfundus: '{note}'}})")


def versions() -> dict[str, str]:
    """What the numbers were made with."""
    return {
        "mmfundus": __version__,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "onnxruntime": version("onnxruntime"),
    }
