"""Tables of records: every fault named without a patient, every record read or refused."""

from pathlib import Path

import pytest

from mmfundus import tables
from mmfundus.data import records
from mmfundus.errors import ManifestError, UsageError
from mmfundus.knowledge.captions.rules import captioner
from mmfundus.types import Record


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "r.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_full_row_is_read(tmp_path: Path) -> None:
    found, refused = records.read(
        table(tmp_path, "patient,note,date,eye,icd10,clinic\np1,OD drusen,2024-03-31T10:00:00,r,h35.3221; E113393,x\n")
    )
    assert found == [(1, Record("p1", "OD drusen", "2024-03-31", "R", ("H35.3221", "E113393")))]
    assert refused == []


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (",OD drusen,,,", "the cell 'patient' is empty"),
        ("secret,OD drusen,31/03/2024,,", "the date '31/03/2024' is not written as ISO 8601 does"),
        ("secret,OD drusen,2024-02-30,,", "the date '2024-02-30' is not written"),
        ("secret,OD drusen,,X,", "the eye 'X' is none"),
        ("secret,OD drusen,,,flu", "'FLU' is not written as a code of ICD-10-CM"),
        ("secret,,,,", "the cells 'note' and 'icd10' are empty"),
    ],
)
def test_a_faulty_row_is_refused_by_number(tmp_path: Path, row: str, sentence: str) -> None:
    found, refused = records.read(table(tmp_path, f"patient,note,date,eye,icd10\np,OD ERM,,,\n{row}\n"))
    assert [number for number, _ in found] == [1]
    assert [one.item for one in refused] == ["row 2"]
    assert refused[0].reason.startswith("r.csv, row 2 below the header: ")
    assert sentence in refused[0].reason
    assert "secret" not in refused[0].reason


def test_a_table_that_is_none_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no column 'note'"):
        records.read(table(tmp_path, "patient,text\np,x\n"))
    with pytest.raises(ManifestError, match="no rows"):
        records.read(table(tmp_path, "patient,note\n"))
    with pytest.raises(UsageError, match="no table"):
        records.read(tmp_path / "none.csv")


def told(*notes: str, workers: int = 1) -> list[records.Told]:
    rows = [(number, Record("p", note, "2024-01-01")) for number, note in enumerate(notes, start=1)]
    return list(records.understand(rows, captioner(), workers))


def test_each_eye_is_a_row_that_reads_back(tmp_path: Path) -> None:
    count = records.write(told("OD drusen. OS no ERM", "IOP 15/16"), tmp_path / "o.csv", {"with": "rules"})
    columns = tables.read(tmp_path / "o.csv")
    assert count == 2
    assert list(columns)[:7] == ["patient", "eye", "date", "present", "absent", "uncertain", "history"]
    assert (columns["eye"], columns["present"], columns["absent"]) == (
        ["R", "L"],
        ["drusen", ""],
        ["", "epiretinal_membrane"],
    )
    assert columns["caption"] == ["drusen", "no epiretinal membrane"]


def test_parquet_says_what_it_was_made_of(tmp_path: Path) -> None:
    records.write(told("OD drusen"), tmp_path / "o.parquet", {"with": "rules", "records": "r.csv"})
    assert tables.provenance(tmp_path / "o.parquet") == {"with": "rules", "records": "r.csv"}


def test_every_record_is_accounted_for(tmp_path: Path) -> None:
    found = told("OD drusen, no drusen in OD", "IOP 15/16", "Podiatry: callus debrided")
    assert list(records.account(found)) == [
        ("row 1", "used", ""),
        ("row 1", "conflict", "right eye: 'drusen' is both present and absent; kept as present."),
        ("row 2", "used", "it names no concept"),
    ]
    (refused,) = records.refusals(found, "r.csv")
    assert refused.item == "row 3"
    assert refused.reason.startswith("r.csv, row 3 below the header: the note speaks of no eye")
    records.write_account([("row 1", "used", "")], tmp_path / "a.csv")
    assert tables.read(tmp_path / "a.csv") == {"item": ["row 1"], "status": ["used"], "reason": [""]}


def test_several_processes_say_the_same_in_the_same_order() -> None:
    notes = [f"OD {name}" for name in ("drusen", "ERM", "PVD", "lattice")]
    assert told(*notes, workers=2) == told(*notes)


@pytest.mark.parametrize(("text", "day"), [("2024-03-31", "2024-03-31"), ("20240331", ""), ("31.3.2024", ""), ("", "")])
def test_days(text: str, day: str) -> None:
    assert records.day(text) == day
