import pytest

from mmfundus.data.sources import _files
from mmfundus.data.sources._files import Folder, Index
from mmfundus.data.sources._labels import NOTHING, Stated
from mmfundus.data.sources._sheets import Table
from mmfundus.errors import ManifestError, UsageError


def test_patterns_match_the_end_of_a_path_at_any_depth():
    assert _files.matches("set/train/a.jpg", ("train/*",))
    assert _files.matches("Train/deep/a.jpg", ("train/*",))
    assert not _files.matches("constrain/a.jpg", ("train/*",))
    assert not _files.matches("train.csv", ("train/*",))


def test_names_are_found_exactly_before_they_are_found_by_stem():
    index = Index(("a/x.jpg", "a/x.png", "b/20051020_43808_0100_PP.JPG", "b/im1.v2.tif"), "*")
    assert index.all("x.jpg") == ("a/x.jpg",)
    assert index.all("x") == index.all("x.gif") == ("a/x.jpg", "a/x.png")
    assert index.all("20051020_43808_0100_PP.png") == ("b/20051020_43808_0100_PP.JPG",)
    assert index.all("folder\\IM1.V2") == ("b/im1.v2.tif",)
    assert index.all("im1") == index.all("") == ()


def test_a_folder_in_the_name_chooses_among_several_and_else_does_not_matter():
    index = Index(("a/x.jpg", "b/x.jpg", "c/y.jpg"), "*")
    assert index.all("B/x.jpg") == ("b/x.jpg",)
    assert index.all("set/x.jpg") == ("a/x.jpg", "b/x.jpg")
    assert index.all("old/y.jpg") == ("c/y.jpg",)


def test_linked_folders_are_followed_but_not_for_ever(lay, tmp_path):
    root = lay({"a/1.jpg": None})
    (tmp_path / "elsewhere").mkdir()
    (root / "a" / "1.jpg").rename(tmp_path / "elsewhere" / "2.jpg")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "a" / "round").symlink_to(root)
    assert Folder(root).images == ("linked/2.jpg",)


def test_a_line_without_its_one_image_is_on_the_ledger(lay):
    folder = Folder(lay({"a/1.jpg": None, "b/1.png": None, "b/2.jpg": None}))
    table = Table("t.csv", ({"id": "1"}, {"id": "2"}, {"id": "3"}, {"id": ""}))
    assert [image for _, image in folder.matched(table, "id", folder.index("*"))] == ["b/2.jpg"]
    reasons = {item.item: item.reason for item in folder.refused}
    assert "may mean 'a/1.jpg' or 'b/1.png'" in reasons["1"]
    assert set(reasons) == {"1", "3", "(no name)"}


def test_a_table_that_is_missing_or_there_twice_is_a_wrong_call(lay):
    folder = Folder(lay({"x/t.csv": "id\n1\n", "y/t.csv": "id\n1\n", "broken.json": "{"}))
    with pytest.raises(UsageError, match=r"no 'gone\.csv' below 'data'"):
        folder.file("gone.csv")
    with pytest.raises(UsageError, match="are one table twice"):
        folder.file("t.csv")
    assert Folder(lay({"t[1].csv": "id\n1\n"})).file("t[1].csv") == "t[1].csv"
    with pytest.raises(ManifestError, match=r"broken\.json is not JSON"):
        folder.json("broken.json")


def test_the_innermost_class_folder_counts(lay):
    folder = Folder(lay({"normal/dr/1.jpg": None, "DR/2.jpg": None, "other/3.jpg": None, "odd/4.jpg": None}))
    said = {"normal": Stated(("normal",)), "dr": Stated(("diabetic_retinopathy",))}
    found = {image: (label, stated) for image, label, stated in folder.by_class(said, {"odd": "no concept"})}
    assert found["normal/dr/1.jpg"] == found["DR/2.jpg"] == ("dr", said["dr"])
    assert found["odd/4.jpg"] == ("odd", NOTHING)
    assert "other/3.jpg" not in found


def test_a_label_is_known_known_without_concept_or_refused(lay):
    folder = Folder(lay({"1.jpg": None}))
    said, unmapped = {"1": Stated(("amd",))}, {"other": "no concept"}
    assert folder.meaning("1.jpg", "1.0", said, unmapped) == said["1"]
    assert folder.meaning("1.jpg", "other", said, unmapped) == NOTHING
    assert folder.meaning("1.jpg", "2", said, unmapped) is None
    assert "'2' is not one of those the set is known to use: '1', 'other'" in folder.refused[0].reason


def test_a_row_keeps_what_is_not_known_empty():
    row = _files.row("a.jpg", "cfp", NOTHING, "x", captions=("", "seen"), age="7")
    assert (row.patient, row.split, row.captions) == ("a.jpg", "", ("seen",))
    assert row.extra == {"source_label": "x", "age": "7"}
