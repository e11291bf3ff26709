LAYOUT = {
    "DR_grading/train.txt": "007-0001-000.jpg 0\n007-0002-000.jpg 5\n",
    "DR_grading/train/007-0001-000.jpg": None,
    "DR_grading/train/007-0002-000.jpg": None,
    "DR_grading/valid.txt": "007-0003-000.jpg 1\n",
    "DR_grading/valid/007-0003-000.jpg": None,
    "DR_grading/test.txt": "007-0004-000.jpg 3\n",
    "DR_grading/test/007-0004-000.jpg": None,
    "lesion_segmentation/train/image/007-0001-000.jpg": None,
    "lesion_segmentation/train/label/EX/007-0001-000.tif": None,
}


def test_grades_with_the_official_split(convert):
    got = convert("ddr", LAYOUT)
    assert {row.split: row.present for row in got.rows.values() if row.split != "train"} == {
        "val": ("mild_npdr",),
        "test": ("severe_npdr",),
    }
    assert got.rows["DR_grading/train/007-0002-000.jpg"].present == ("ungradable_image",)


def test_copies_for_segmentation_do_not_overwrite_the_graded_image(convert):
    got = convert("ddr", LAYOUT)
    assert "DR_grading/train/007-0001-000.jpg" in got.rows
    assert (got.refused, sum(got.done.aside.values())) == ({}, 2)


def test_a_listed_image_that_is_missing_is_named(convert):
    got = convert("ddr", LAYOUT | {"DR_grading/test.txt": "007-0004-000.jpg 3\n007-9999-000.jpg 2\n"})
    assert list(got.refused) == ["007-9999-000.jpg"]
