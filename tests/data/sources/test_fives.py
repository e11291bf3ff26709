LAYOUT = {
    "train/Original/1_A.png": None,
    "train/Original/2_N.png": None,
    "train/Ground truth/1_A.png": None,
    "train/Ground truth/2_N.png": None,
    "test/Original/1_A.png": None,
    "test/Ground truth/1_A.png": None,
}


def test_masks_and_the_other_split_share_names_and_stay_apart(convert):
    got = convert("fives", LAYOUT)
    assert {name: (row.present, row.split) for name, row in got.rows.items()} == {
        "train/Original/1_A.png": (("amd",), "train"),
        "train/Original/2_N.png": (("normal",), "train"),
        "test/Original/1_A.png": (("amd",), "test"),
    }
    assert got.done.aside == {"a mask of vessels": 3}


def test_a_letter_that_is_no_class_is_refused(convert):
    got = convert("fives", LAYOUT | {"train/Original/3_X.png": None})
    assert "'X'" in got.refused["train/Original/3_X.png"]
