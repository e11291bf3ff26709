import zipfile
from pathlib import Path

import pytest

from mmfundus.data.sources import _sheets
from mmfundus.errors import ManifestError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def saved(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def workbook(path: Path, sheet: str, strings: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as parts:
        if strings:
            parts.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>')
        parts.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
        )
    return path


@pytest.mark.parametrize(
    "data",
    [
        b"id,grade\na,1\n",
        b"\xef\xbb\xbfID;Grade\r\na;1\r\n",
        b"id\tgrade\na\t1",
        "id,grade,Bemerkung\na,1,schön\n".encode("latin-1"),
        "id,grade,词\na,1,眼底\n".encode("gb18030"),
        b"\n\nOur table of 2019,,\n id ,grade,\na,1,\n,,\n",
    ],
)
def test_a_table_is_read_however_it_was_saved(tmp_path, data):
    table = _sheets.read(saved(tmp_path / "t.csv", data), ("id", "grade"))
    (line,) = table.lines
    assert (table.name, line["id"], line["grade"]) == ("t.csv", "a", "1")


def test_short_lines_and_nameless_or_repeated_columns(tmp_path):
    table = _sheets.read(saved(tmp_path / "t.csv", b"id,,id,x\na,b,c\n"), ("id",))
    assert table.lines == ({"id": "a", "column_2": "b", "column_3": "c", "x": ""},)


def test_an_unquoted_comma_is_named_and_cuts_nothing_off(tmp_path):
    with pytest.raises(ManifestError, match=r"t.csv, row 3: 3 cells where the header has 2"):
        _sheets.read(saved(tmp_path / "t.csv", b"id,words\na,drusen\nb,normal fundus,drusen\n"), ("id", "words"))


def test_a_table_without_the_columns_says_what_it_has(tmp_path):
    with pytest.raises(
        ManifestError, match=r"t.csv has no header with 'id' and 'level'; its first row is: 'id', 'grade'"
    ):
        _sheets.read(saved(tmp_path / "t.csv", b"id,grade\na,1\n"), ("id", "level"))


def test_excel_shared_and_inline_strings_numbers_and_cells_left_out(tmp_path):
    sheet = (
        '<row r="1"><c r="A1" t="s"><v>1</v></c>'
        '<c r="C1" t="inlineStr"><is><r><t>gr</t></r><r><t>ade</t></r></is></c></row>'
        '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><v>7.5</v></c><c r="C2"><v>2</v></c></row>'
        '<row r="3"><c r="AB3"><v>9</v></c></row>'
    )
    path = workbook(tmp_path / "t.xlsx", sheet, "<si><t>a</t></si><si><t>id</t></si>")
    first, second = _sheets.read(path, ("id", "grade")).lines
    assert first == {**dict.fromkeys(first, ""), "id": "a", "column_2": "7.5", "grade": "2"}
    assert (second["id"], second["column_28"]) == ("", "9")


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_a_broken_excel_file_is_a_sentence(tmp_path, data):
    with pytest.raises(ManifestError, match=r"t\.xlsx is not a readable Excel file"):
        _sheets.read(saved(tmp_path / "t.xlsx", data), ("id",))


def test_entities_do_not_grow(tmp_path):
    tenfold = "".join(
        f'<!ENTITY {letter} "{10 * f"&{before};"}">' for before, letter in zip("abcdefgh", "bcdefghi", strict=True)
    )
    bomb = f'<!DOCTYPE x [<!ENTITY a "{50 * "a"}">{tenfold}'
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as parts:
        parts.writestr("xl/worksheets/sheet1.xml", f'{bomb}]><worksheet xmlns="{MAIN}">&i;</worksheet>')
    with pytest.raises(ManifestError, match="not a readable Excel file"):
        _sheets.read(tmp_path / "t.xlsx", ("id",))


def test_an_old_excel_file_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(ManifestError, match=r"Save it as \.xlsx or \.csv"):
        _sheets.read(saved(tmp_path / "t.xls", b"\xd0\xcf"), ("id",))


def test_a_list_without_header(tmp_path):
    table = _sheets.plain(saved(tmp_path / "t.txt", b"a.jpg 0\n\nb.jpg  5\n"), ("name", "grade"))
    assert table.lines == ({"name": "a.jpg", "grade": "0"}, {"name": "b.jpg", "grade": "5"})
