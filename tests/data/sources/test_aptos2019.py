LAYOUT = {
    "train.csv": "id_code,diagnosis\na1,0\nb2,2\n",
    "train_images/a1.png": None,
    "train_images/b2.png": None,
    "test.csv": "id_code\nc3\n",
    "test_images/c3.png": None,
}


def test_a_grade_is_a_grade_and_nought_is_not_normal(convert):
    got = convert("aptos2019", LAYOUT)
    nought, two = got.rows["train_images/a1.png"], got.rows["train_images/b2.png"]
    assert (nought.present, nought.absent) == ((), ("diabetic_retinopathy",))
    assert (two.present, two.absent) == (("moderate_npdr",), ("mild_npdr", "severe_npdr", "pdr"))
    assert (two.extra["source"], two.extra["source_label"]) == ("aptos2019", "2")
    assert got.done.dealt == 2


def test_ungraded_test_images_are_counted_and_not_refused(convert):
    got = convert("aptos2019", LAYOUT)
    assert got.refused == {}
    assert list(got.done.aside.values()) == [1]


def test_what_does_not_fit_is_named(convert):
    table = "id_code,diagnosis\na1,0\nb2,7\ngone,1\n"
    got = convert("aptos2019", LAYOUT | {"train.csv": table, "train_images/stray.png": None})
    assert set(got.rows) == {"train_images/a1.png"}
    assert "label '7' is not one of those" in got.refused["train_images/b2.png"]
    assert "train.csv names this image" in got.refused["gone"]
    assert "no table or folder" in got.refused["train_images/stray.png"]
