import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmfundus import tables
from mmfundus.errors import ManifestError, UsageError
from mmfundus.evaluate.table import columns, from_columns
from mmfundus.types import Predictions, Row

NAN = float("nan")


def predictions():
    rows = (
        Row("a/1.png", "cfp", "p1", "R", extra={"quality": "good", "age": "61"}),
        Row("2, left.png", "oct", "p2", "L"),
        Row("3.png", "cfp", "p1"),
    )
    table = np.array([[0.1 + 0.2, NAN], [NAN, 1e-87], [NAN, NAN]])
    return Predictions(rows, ("glaucoma", "a tilted disc"), table, ("", "", "not one picture"))


def test_the_columns_are_the_contracts_in_order():
    found = columns(predictions())
    assert list(found) == [
        "image", "modality", "patient", "eye", "quality", "glaucoma", "a tilted disc", "refused_because",
    ]  # fmt: skip
    assert found["quality"] == ["good", "", ""]
    assert found["refused_because"] == ["", "", "not one picture"]


@pytest.mark.parametrize("name", ["predictions.csv", "predictions.parquet"])
def test_what_is_written_is_read_to_the_last_bit(tmp_path, name):
    made = predictions()
    tables.write(tmp_path / name, columns(made))
    found = from_columns(tables.read(tmp_path / name))
    np.testing.assert_array_equal(found.probability, made.probability)
    assert (found.concepts, found.refused) == (made.concepts, made.refused)
    assert [(r.image, r.modality, r.patient, r.eye) for r in found.rows] == [
        (r.image, r.modality, r.patient, r.eye) for r in made.rows
    ]
    assert str(columns(found)) == str(columns(made))  # as text, for NaN is not NaN


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_any_probability_survives_as_text(values):
    rows = tuple(Row(f"{i}.png", "cfp", "p") for i in range(len(values)))
    made = Predictions(rows, ("amd",), np.array(values)[:, None], ("",) * len(values))
    text = {name: [str(cell) for cell in cells] for name, cells in columns(made).items()}
    np.testing.assert_array_equal(from_columns(text).probability[:, 0], values)


def test_an_image_without_patient_is_its_own():
    table = columns(predictions())
    table["patient"] = ["", None, "p1"]
    assert [row.patient for row in from_columns(table).rows] == ["a/1.png", "2, left.png", "p1"]


@pytest.mark.parametrize("cell", ["1.01", -0.1, "high", "inf"])
def test_a_cell_that_is_no_probability_is_named(cell):
    table = columns(predictions())
    table["glaucoma"][0] = cell
    with pytest.raises(ManifestError, match=r"'a/1.png', column 'glaucoma': .* is not a probability"):
        from_columns(table)


def test_a_missing_column_is_named():
    table = columns(predictions())
    del table["refused_because"]
    with pytest.raises(ManifestError, match="no column 'refused_because'"):
        from_columns(table)


def test_a_label_named_like_a_column_is_refused_rather_than_written_over():
    made = Predictions((Row("1.png", "cfp", "p"),), ("eye",), np.array([[0.5]]), ("",))
    with pytest.raises(UsageError, match="'eye' cannot be a label"):
        columns(made)
