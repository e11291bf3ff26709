import pytest

from mmfundus.errors import ManifestError, UnknownName, UsageError

LAYOUT = {
    "t/mine.csv": "file;who;side;dx;is_dme;age\na/1.jpg;p1;OD;drusen;0;60\nb/1.jpg;p1;OS;;1;60\n"
    "b/2.jpg;p2;;normal;0;50\n",
    "a/1.jpg": None,
    "b/1.jpg": None,
    "b/2.jpg": None,
}
COLUMNS = {"image": "file", "patient": "who", "eye": "side", "label": "dx", "diabetic_macular_edema": "is_dme"}
ASKED = {"table": "t/mine.csv", "modality": "oct", "columns": COLUMNS}


def test_columns_are_what_the_caller_says(convert):
    rows = convert("table", LAYOUT, **ASKED).rows
    one = rows["a/1.jpg"]
    assert (one.present, one.absent, one.patient, one.eye) == (("drusen",), ("diabetic_macular_edema",), "p1", "R")
    assert rows["b/1.jpg"].present == ("diabetic_macular_edema",)
    assert rows["b/1.jpg"].split == one.split
    assert one.extra["age"] == "60"


def test_a_path_tells_two_files_of_one_name_apart_and_a_bare_name_does_not(convert):
    bare = LAYOUT | {"t/mine.csv": LAYOUT["t/mine.csv"].replace("a/1.jpg", "1.jpg")}
    got = convert("table", bare, **ASKED)
    assert "may mean 'a/1.jpg' or 'b/1.jpg'" in got.refused["1.jpg"]


def test_captions_in_their_order_and_columns_that_would_clash(convert):
    table = "file,first,second,split,note\na/1.jpg,one,two,test,x\n"
    asked = ASKED | {"columns": {"image": "file", "caption_2": "second", "caption": "first"}}
    row = convert("table", {"t/mine.csv": table, "a/1.jpg": None}, **asked).rows["a/1.jpg"]
    assert row.captions == ("one", "two")
    assert (row.extra["source_split"], row.extra["note"]) == ("test", "x")


def test_a_label_that_is_no_concept_is_refused(convert):
    got = convert("table", LAYOUT | {"t/mine.csv": LAYOUT["t/mine.csv"].replace("drusen", "sunset")}, **ASKED)
    assert "'sunset'" in got.refused["a/1.jpg"]


def test_a_modality_of_the_table_that_is_none_is_refused(convert):
    table = "file,kind\na/1.jpg,oct\nb/1.jpg,xray\n"
    asked = {"table": "t.csv", "columns": {"image": "file", "modality": "kind"}}
    got = convert("table", {"t.csv": table, "a/1.jpg": None, "b/1.jpg": None}, **asked)
    assert set(got.rows) == {"a/1.jpg"}
    assert "'xray' is none of" in got.refused["b/1.jpg"]


def test_wrong_calls_say_what_to_give(convert):
    for asked, words in (
        ({"modality": "oct", "columns": {"image": "file"}}, "--table FILE"),
        ({"table": "t/mine.csv", "modality": "oct"}, "--columns image=COLUMN"),
        ({"table": "t/mine.csv", "columns": {"image": "file"}}, "--modality"),
        ({"table": "t/gone.csv", "modality": "oct", "columns": {"image": "file"}}, "t/gone.csv"),
    ):
        with pytest.raises(UsageError, match=words):
            convert("table", LAYOUT, **asked)
    with pytest.raises(UnknownName, match="glaucma"):
        convert("table", LAYOUT, **ASKED | {"columns": COLUMNS | {"glaucma": "is_dme"}})
    with pytest.raises(ManifestError, match="no header with"):
        convert("table", LAYOUT, **ASKED | {"columns": COLUMNS | {"study": "visit"}})
