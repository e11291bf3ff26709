LAYOUT = {
    "PALM-Training400/PALM-Training400/P0001.jpg": None,
    "PALM-Training400/PALM-Training400/H0001.jpg": None,
    "PALM-Training400/PALM-Training400/N0001.jpg": None,
    "PALM-Validation400/V0001.jpg": None,
    "PALM-Validation-GT/PM_Label_and_Fovea_Location.xlsx": [["ID", "imgName", "Label"], [1, "V0001.jpg", 1]],
    "PALM-Testing400-Images/T0001.jpg": None,
}
TRAIN = "PALM-Training400/PALM-Training400"


def test_letters_say_myopia_and_not_normality(convert):
    rows = convert("palm", LAYOUT).rows
    assert rows[f"{TRAIN}/P0001.jpg"].present == ("pathological_myopia",)
    assert (rows[f"{TRAIN}/H0001.jpg"].present, rows[f"{TRAIN}/N0001.jpg"].present) == (("high_myopia",), ())
    assert rows[f"{TRAIN}/N0001.jpg"].absent == ("pathological_myopia",)
    assert (rows["PALM-Validation400/V0001.jpg"].split, rows["PALM-Validation400/V0001.jpg"].present) == (
        "val",
        ("pathological_myopia",),
    )


def test_test_images_without_a_table_are_set_aside(convert):
    assert sum(convert("palm", LAYOUT).done.aside.values()) == 1


def test_another_letter_is_refused(convert):
    got = convert("palm", LAYOUT | {f"{TRAIN}/Q0001.jpg": None})
    assert list(got.refused) == [f"{TRAIN}/Q0001.jpg"]
