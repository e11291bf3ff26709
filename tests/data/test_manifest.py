import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmfundus import tables
from mmfundus.data import manifest
from mmfundus.errors import ManifestError
from mmfundus.types import Manifest, Row


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "eyes.csv"
    path.write_text(text, encoding="utf-8")
    return path


def fault(tmp_path: Path, text: str) -> str:
    with pytest.raises(ManifestError) as caught:
        manifest.read(table(tmp_path, text))
    return str(caught.value)


# Reading


def test_reads_every_column_of_the_contract(tmp_path: Path) -> None:
    text = (
        "image,modality,patient,eye,study,present,absent,caption_10,caption,caption_2,split,age\n"
        'a/b.jpg,fa,P1,R,S9,pdr; drusen ,glaucoma,"third, last",first,,val, 61 \n'
    )
    found = manifest.read(table(tmp_path, text))
    assert found == Manifest(
        rows=(
            Row(
                image="a/b.jpg",
                modality="fa",
                patient="P1",
                eye="R",
                study="S9",
                present=("pdr", "drusen"),
                absent=("glaucoma",),
                captions=("first", "third, last"),
                split="val",
                extra={"age": " 61 "},
            ),
        ),
        root=tmp_path,
        name="eyes.csv",
    )


def test_two_columns_are_enough(tmp_path: Path) -> None:
    found = manifest.read(table(tmp_path, "image,modality\nx.png,oct\n"), root=tmp_path / "pictures")
    assert found.rows == (Row("x.png", "oct", patient="x.png"),)
    assert found.root == tmp_path / "pictures"


@pytest.mark.parametrize("word", ["nan", "NaN", "NA", "N/A", "#N/A", "null", "None", " nan "])
def test_what_a_spreadsheet_leaves_in_an_empty_cell_is_empty(tmp_path: Path, word: str) -> None:
    text = f"image,modality,eye,study,present,absent,split,caption,age\nx.png,oct,{','.join([word] * 7)}\n"
    row = manifest.read(table(tmp_path, text)).rows[0]
    assert row == Row("x.png", "oct", patient="x.png", extra={"age": word})


def test_parquet_types_become_text(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    columns = {
        "image": ["a.png", "b.png"],
        "modality": ["oct", "oct"],
        "patient": [7.0, math.nan],
        "caption": [None, "x"],
        "age": [61, 62],
    }
    tables.write(path, columns)
    first, second = manifest.read(path).rows
    assert (first.patient, first.captions, first.extra) == ("7", (), {"age": "61"})
    assert (second.patient, second.captions) == ("b.png", ("x",))


def test_one_file_has_one_name(tmp_path: Path) -> None:
    assert manifest.read(table(tmp_path, "image,modality\n./a//b.jpg,oct\n")).rows[0].image == "a/b.jpg"
    assert "already in row 1" in fault(tmp_path, "image,modality\na/b.jpg,oct\n./a/./b.jpg,oct\n")


# Refusing


@pytest.mark.parametrize(
    "image",
    [
        "/etc/passwd",
        "//host/share/a.jpg",
        "../a.jpg",
        "a/../../b.jpg",
        "a/..",
        ".. /b.jpg",
        "a/.../b.jpg",
        "a\\b.jpg",
        "..\\b.jpg",
        "C:/a.jpg",
        "C:a.jpg",
        "file:///a.jpg",
        "https://host/a.jpg",
        "~/a.jpg",
        "a\x00.jpg",
        "a\tb.jpg",
    ],
)
def test_refuses_a_path_that_is_not_inside_the_root(tmp_path: Path, image: str) -> None:
    message = fault(tmp_path, f"image,modality\nok.jpg,oct\n{image},oct\n")
    assert message.startswith("eyes.csv, row 2 below the header: the image ")


@pytest.mark.parametrize(
    "image", ["a..b.jpg", "..a.jpg", ".a/b.jpg", "a b/c d.jpg", "été/眼.jpg", "a/12:30.jpg", "a./b.jpg"]
)
def test_accepts_a_plain_path(tmp_path: Path, image: str) -> None:
    assert manifest.read(table(tmp_path, f"image,modality\n{image},oct\n")).rows[0].image == image


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("image,eye\na.jpg,R\n", "eyes.csv has no column 'modality'; its columns are: image, eye."),
        ("modality\noct\n", "eyes.csv has no column 'image'"),
        ("Image,modality\na.jpg,oct\n", "the column 'Image' must be written 'image'"),
        ("image,modality,Split\na.jpg,oct,val\n", "the column 'Split' must be written 'split'"),
        ("image,modality\n", "has a header but no rows"),
        ("image,modality\n,oct\n", "row 1 below the header: the cell 'image' is empty"),
        ("image,modality\nnan,oct\n", "row 1 below the header: the cell 'image' is empty"),
        ("image,modality\na.jpg,OCT\n", "column 'modality': There is no modality named 'OCT'."),
        ("image,modality\na.jpg,ocr\n", "Did you mean 'oct'?"),
        ("image,modality\na.jpg,\n", "column 'modality': There is no modality named ''"),
        ("image,modality,eye\na.jpg,oct,OD\n", "column 'eye': There is no eye named 'OD'"),
        ("image,modality,split\na.jpg,oct,valid\n", "There is no split named 'valid'. Did you mean 'val'?"),
        ("image,modality,patient\na.jpg,oct,NA\n", "the cell 'patient' holds a word for a missing value"),
        ("image,modality,present\na.jpg,oct,glaucom\n", "column 'present': There is no concept named 'glaucom'. Did"),
        ("image,modality,absent\na.jpg,oct,DME\n", "there is no concept id 'DME'. Write 'diabetic_macular_edema'."),
        ("image,modality,absent\na.jpg,oct,GA\n", "'GA' may mean 'geographic_atrophy', 'gyrate_atrophy', general"),
        ("image,modality,present,absent\na.jpg,oct,pdr,drusen;pdr\n", "'pdr' is both present and absent"),
        ("image,modality,present\na.jpg,oct,normal;glaucoma\n", "'normal' and 'glaucoma' are both present"),
        (
            "image,modality,present,absent\na.jpg,oct,mild_npdr,diabetic_retinopathy\n",
            "'mild_npdr' is present, which implies 'diabetic_retinopathy', but 'diabetic_retinopathy' is absent",
        ),
        (
            "image,modality\na.jpg,oct\nb.jpg,oct\na.jpg,fa\n",
            "row 3 below the header: the image 'a.jpg' is already in row 1",
        ),
    ],
)
def test_each_fault_is_one_clear_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in fault(tmp_path, text)


@pytest.mark.parametrize("typed", ["Mayer 1", "mayer1", "MAYER  1", "Ｍayer 1"])
def test_refuses_a_patient_in_two_splits_and_keeps_the_id_to_itself(tmp_path: Path, typed: str) -> None:
    text = f"image,modality,patient,split\na.jpg,oct,Mayer 1,\nb.jpg,oct,x,val\nc.jpg,oct,{typed},test\n"
    message = fault(tmp_path, text)
    assert message.startswith("eyes.csv, row 3 below the header: the patient of row 1")
    assert "'train' there and in 'test' here" in message
    assert ("case or spaces" in message) == (typed != "Mayer 1")
    assert "mayer" not in message.lower()


def test_images_without_patient_are_patients_of_their_own(tmp_path: Path) -> None:
    rows = manifest.read(table(tmp_path, "image,modality,split\na.jpg,oct,val\nA.jpg,oct,test\n")).rows
    assert [row.patient for row in rows] == ["a.jpg", "A.jpg"]


def test_faults_come_in_the_order_of_the_table_and_not_too_many(tmp_path: Path) -> None:
    lines = fault(tmp_path, "image,modality,eye\na.jpg,oct,X\n/b.jpg,oct,\nc.jpg,xx,\n").splitlines()
    assert [line.split(" below")[0] for line in lines] == ["eyes.csv, row 1", "eyes.csv, row 2", "eyes.csv, row 3"]
    many = fault(tmp_path, "image,modality\n" + "".join(f"{i}.jpg,xx\n" for i in range(50))).splitlines()
    assert len(many) == 11
    assert many[-1] == "There are more faults; these are the first 10."


# Writing

cell = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
words = cell.map(str.strip).filter(lambda text: text.lower() not in manifest.EMPTY)
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="/\\:~.#"), min_size=1
)
concept_lists = st.sampled_from([(), ("pdr",), ("drusen", "amd"), ("glaucoma",)])


@st.composite
def tables_of_rows(draw: st.DrawFn) -> tuple[dict[str, Any], ...]:
    images = draw(
        st.lists(names.filter(lambda n: n.lower() not in manifest.EMPTY), min_size=1, max_size=5, unique=True)
    )
    columns = draw(st.lists(names.map("extra {}".format), max_size=2, unique_by=str.strip))
    return tuple(
        {
            "image": image,
            "modality": draw(st.sampled_from(["cfp", "uwf", "oct", "fa"])),
            "patient": draw(words) or image,
            "eye": draw(st.sampled_from(["R", "L", ""])),
            "study": draw(words),
            "present": draw(concept_lists),
            "absent": draw(st.sampled_from([(), ("brvo", "normal")])),
            "captions": tuple(draw(st.lists(words.filter(bool), max_size=3))),
            "split": "test",
            "extra": {name.strip(): draw(cell) for name in columns},
        }
        for image in images
    )


@settings(max_examples=60, deadline=None)
@given(drawn=tables_of_rows(), ending=st.sampled_from(["csv", "parquet"]))
def test_what_is_written_reads_back(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[dict[str, Any], ...], ending: str
) -> None:
    rows = tuple(Row(**fields) for fields in drawn)
    path = tmp_path_factory.mktemp("t") / f"m.{ending}"
    manifest.write(rows, path)
    assert manifest.read(path).rows == rows


def test_writes_nothing_that_could_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    with pytest.raises(ManifestError, match="already in row 1"):
        manifest.write([Row("a.jpg", "oct"), Row("a.jpg", "oct")], path)
    with pytest.raises(ManifestError, match="An extra column is named 'split'"):
        manifest.write([Row("a.jpg", "oct", extra={"split": "x"})], path)
    assert not path.exists()


def test_writes_a_manifest_and_leaves_the_own_patient_empty(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    manifest.write(Manifest((Row("a.jpg", "oct", patient="a.jpg"),), tmp_path, "x"), path)
    assert path.read_text() == "image,modality,patient,eye,study,present,absent,split\na.jpg,oct,,,,,,train\n"


# Labels


def test_unknown_is_not_negative() -> None:
    rows = [
        Row("a", "cfp", present=("moderate_npdr",), absent=("glaucoma",)),
        Row("b", "cfp", present=("normal",)),
        Row("c", "cfp", absent=("diabetic_retinopathy",)),
        Row("d", "cfp"),
    ]
    found = manifest.labels(rows, ["diabetic_retinopathy", "pdr", "glaucoma", "normal", "referable_dr"])
    n = math.nan
    # Of the first row nobody said that it is not proliferative; that it is moderate says so by definition.
    expected = [[1, 0, 0, 0, 1], [0, 0, 0, 1, 0], [0, 0, n, n, n], [n, n, n, n, n]]
    np.testing.assert_array_equal(found, expected)
    assert manifest.labels([], ["normal"]).shape == (0, 1)
