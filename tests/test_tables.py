"""Tables read back what was written, appear whole or not at all, and say what is wrong with them."""

import errno
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmfundus import tables
from mmfundus.errors import ManifestError, UsageError

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
floats = st.floats(allow_infinity=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(texts, texts, floats), min_size=1, max_size=5), st.sampled_from(["csv", "parquet"]))
def test_what_is_written_reads_back(tmp_path_factory: pytest.TempPathFactory, rows: list, ending: str) -> None:
    path = tmp_path_factory.mktemp("t") / f"t.{ending}"
    tables.write(path, {"a": [row[0] for row in rows], "b": [row[1] for row in rows], "c": [row[2] for row in rows]})
    found = tables.read(path)
    assert (found["a"], found["b"]) == ([row[0] for row in rows], [row[1] for row in rows])
    numbers = [math.nan if cell in ("", None) else float(cell) for cell in found["c"]]
    assert [repr(number) for number in numbers] == [repr(row[2]) for row in rows]  # to the last bit, and NaN is NaN


def test_a_lone_carriage_return_stays_in_its_cell(tmp_path: Path) -> None:
    tables.write(tmp_path / "t.csv", {"a": ["x\ry", "plain"], "b": [1.5, None]})
    assert tables.read(tmp_path / "t.csv") == {"a": ["x\ry", "plain"], "b": ["1.5", ""]}


def test_a_files_name_that_is_no_text_is_written_as_an_escape(tmp_path: Path) -> None:
    tables.write(tmp_path / "t.csv", {"image": ["a\udcff.jpg"]})
    assert tables.read(tmp_path / "t.csv") == {"image": ["a\\udcff.jpg"]}


def test_a_byte_order_mark_and_blank_lines_of_a_spreadsheet_are_no_content(tmp_path: Path) -> None:
    (tmp_path / "t.CSV").write_bytes("\ufeffimage, eye \r\nä,R\r\n\r\n".encode())
    assert tables.read(tmp_path / "t.CSV") == {"image": ["ä"], "eye": ["R"]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "t.csv is empty"),
        (b"\n", "t.csv is empty"),
        (b"a,b\n1\n", "t.csv, line 2: 1 cells where the header has 2"),
        (b"a,a\n1,2\n", "the column 'a' occurs more than once"),
        (b"a\n\xff\n", "not CSV in UTF-8"),
        ("a\nä\n".encode("utf-16"), "not CSV in UTF-8"),
        (b'a\n"x\n', "not CSV in UTF-8"),
        (b'a\n"' + b"x" * (tables.CELL_LIMIT + 1) + b'"\n', "a cell is longer than 1,048,576 characters"),
        (b"a;b\n1;2\n", "its cells are divided by ';'"),
    ],
)
def test_a_broken_table_is_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(ManifestError, match=words) as refused:
        tables.read(tmp_path / "t.csv")
    assert str(tmp_path) not in str(refused.value)


def test_a_wrong_encoding_is_found_on_its_line(tmp_path: Path) -> None:
    lines = [b"name", *[b"plain"] * 700, "Müller".encode("latin-1"), b"plain"]
    (tmp_path / "t.csv").write_bytes(b"\n".join(lines))
    with pytest.raises(ManifestError, match="near line 702: not CSV in UTF-8"):
        tables.read(tmp_path / "t.csv")


def test_a_broken_parquet_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ManifestError, match=r"t\.parquet is not a readable Parquet file"):
        tables.read(tmp_path / "t.parquet")


@pytest.mark.parametrize("name", ["t.xlsx", "t", "t.json"])
def test_other_endings_are_neither_read_nor_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"a table ends in \.csv or \.parquet"):
        tables.write(tmp_path / name, {"a": [1]})
    assert list(tmp_path.iterdir()) == []
    (tmp_path / name).touch()
    with pytest.raises(UsageError, match=r"a table ends in \.csv or \.parquet"):
        tables.read(tmp_path / name)


def test_no_table_and_a_folder_are_wrong_calls(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("gone.csv", "folder.csv"):
        with pytest.raises(UsageError, match="There is no table at"):
            tables.read(tmp_path / name)


def test_parquet_carries_where_it_came_from_whatever_the_words(tmp_path: Path) -> None:
    path, said = tmp_path / "it's a table.parquet", {"model": "it's; {x: 'ü'}", "seed": 3}
    tables.write(path, {"a": [1]}, said)
    assert tables.provenance(path) == said
    tables.write(path, {"a": [1]})
    assert tables.provenance(path) == {}


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    tables.write(path, {"a": ["old"]})
    with pytest.raises(ValueError, match="shorter"):
        tables.write(path, {"a": ["new", "newer"], "b": ["x"]})
    assert tables.read(path) == {"a": ["old"]}
    assert [file.name for file in tmp_path.iterdir()] == ["t.csv"]


def test_a_full_disk_names_the_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with pytest.raises(OSError, match=r"No space left.*t\.csv"), tables.whole(path) as beside:
        beside.write_text("half", encoding="utf-8")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []
