"""Prints name nobody, are the same for the same table, and read back as they were written."""

import numpy as np
import pytest

from mmfundus import tables
from mmfundus.data import fingerprints
from mmfundus.errors import BrokenModel
from mmfundus.types import Embeddings, Row


@pytest.mark.parametrize("typed", ["ODIR-0042", "odir 42", " Odir_00042", "ｏｄｉｒ42", "odir.42", "ODIR\u00a00042"])
def test_one_patient_however_the_id_is_typed(typed):
    assert fingerprints.patient_id(typed) == "odir42"


@pytest.mark.parametrize(("one", "other"), [("p1", "p10"), ("p0", "p"), ("1", "11"), ("a1b2", "a12b")])
def test_other_patients_stay_others(one, other):
    assert fingerprints.patient_id(one) != fingerprints.patient_id(other)


@pytest.fixture
def rows(eye, tmp_path):
    for name in ("a", "b"):
        eye(ord(name)).save(tmp_path / f"{name}.png")
    return [Row("a.png", "cfp", "Müller 07", split="train"), Row("b.png", "cfp", "b.png"), Row("gone.png", "cfp", "x")]


def test_written_and_read(rows, tmp_path):
    seen = Embeddings((rows[1],), np.array([[0.6, 0.8]], np.float32), ("",))
    taken = fingerprints.with_vectors(fingerprints.take(rows, tmp_path, "m.csv"), [1], seen)
    assert np.frombuffer(taken.prints[1].vector, "<f4").tolist() == pytest.approx([0.6, 0.8])
    assert taken.prints[0].vector == b""
    assert [bool(p.refused) for p in taken.prints] == [False, False, True]
    assert taken.prints[1].patient == "", "an image that is its own patient has none to compare"
    fingerprints.write(taken, tmp_path / "f.parquet")
    back = fingerprints.read(tmp_path / "f.parquet")
    assert (back.name, back.salt) == ("m.csv", taken.salt)
    assert [p.image for p in back.prints] == ["row 1 of m.csv", "row 2 of m.csv"]
    for ours, theirs in zip(taken.prints, back.prints, strict=False):
        assert (ours.bytes, ours.pixels, ours.patient) == (theirs.bytes, theirs.pixels, theirs.patient)
        assert (ours.texture, ours.vector) == (theirs.texture, theirs.vector)


def test_nobody_is_named(rows, tmp_path):
    fingerprints.write(fingerprints.take(rows, tmp_path, "m.csv"), tmp_path / "f.parquet")
    kept = repr(tables.read(tmp_path / "f.parquet")) + repr(tables.provenance(tmp_path / "f.parquet"))
    assert not any(word in kept for word in ("Müller", "ller", "a.png", "b.png"))


def test_the_same_table_gives_the_same_prints_and_another_salt_other_patients(rows, tmp_path):
    one, again = (fingerprints.take(rows, tmp_path, "m.csv") for _ in range(2))
    assert (one.salt, one.prints[0].patient) == (again.salt, again.prints[0].patient)
    other = fingerprints.take(rows, tmp_path, "m.csv", fingerprints.fresh_salt())
    assert other.prints[0].patient != one.prints[0].patient
    assert other.prints[0].bytes == one.prints[0].bytes


def test_what_is_no_list_of_fingerprints_is_refused(tmp_path):
    tables.write(tmp_path / "f.parquet", {"row": [1]}, {"version": 1})
    with pytest.raises(BrokenModel, match="not a list of fingerprints"):
        fingerprints.read(tmp_path / "f.parquet")
    columns = {name: ["00"] for name in fingerprints.COLUMNS}
    tables.write(tmp_path / "g.parquet", columns, {"version": 2, "name": "m", "salt": "00"})
    with pytest.raises(BrokenModel, match="has version 2"):
        fingerprints.read(tmp_path / "g.parquet")
