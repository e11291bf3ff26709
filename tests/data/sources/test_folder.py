import pytest

from mmfundus.errors import UnknownName, UsageError, WorkError

LAYOUT = {
    "CNV/CNV-11-1.jpg": None,
    "CNV/CNV-11-2.jpg": None,
    "DME/DME-12-1.jpg": None,
    "NORMAL/NORMAL-13-1.jpg": None,
}
ASKED = {"modality": "oct", "patient": r"[A-Z]+-(\d+)"}


def test_a_folder_states_what_is_present_and_no_more(convert):
    got = convert("folder", LAYOUT, **ASKED)
    row = got.rows["CNV/CNV-11-1.jpg"]
    assert (row.present, row.absent, row.patient) == (("choroidal_neovascularization",), (), "11")
    assert row.split == got.rows["CNV/CNV-11-2.jpg"].split
    assert row.extra["source"] == "folder"


def test_exclusive_classes_deny_each_other_but_normal_writes_nothing(convert):
    rows = convert("folder", LAYOUT, **ASKED, exclusive=True).rows
    assert rows["DME/DME-12-1.jpg"].absent == ("choroidal_neovascularization",)
    assert rows["NORMAL/NORMAL-13-1.jpg"].absent == ()


def test_folders_that_name_splits_are_splits(convert):
    files = {"train/CNV/a.jpg": None, "valid/DME/b.jpg": None, "test/CNV/a.jpg": None}
    rows = convert("folder", files, modality="oct").rows
    assert {name: row.split for name, row in rows.items()} == {
        "train/CNV/a.jpg": "train",
        "valid/DME/b.jpg": "val",
        "test/CNV/a.jpg": "test",
    }


def test_what_does_not_fit_is_named(convert):
    odd = {"sunsets/s-1.jpg": None, "CNV/unnamed.jpg": None, "loose.jpg": None}
    got = convert("folder", LAYOUT | odd, **ASKED)
    assert set(got.refused) == set(odd)
    assert "names no concept" in got.refused["sunsets/s-1.jpg"]
    assert "does not match --patient" in got.refused["CNV/unnamed.jpg"]
    assert len(got.rows) == 4


def test_wrong_calls_say_what_to_give(convert):
    with pytest.raises(UsageError, match="Give --modality"):
        convert("folder", LAYOUT)
    with pytest.raises(UnknownName, match="xray"):
        convert("folder", LAYOUT, modality="xray")
    with pytest.raises(UsageError, match="no pattern with a group"):
        convert("folder", LAYOUT, modality="oct", patient=r"\d+")
    with pytest.raises(WorkError, match="does not match --patient"):
        convert("folder", LAYOUT, modality="oct", patient=r"eye(\d+)")
