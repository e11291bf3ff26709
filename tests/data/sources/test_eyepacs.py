LAYOUT = {
    "trainLabels.csv": "image,level\n10_left,0\n10_right,4\n",
    "train/10_left.jpeg": None,
    "train/10_right.jpeg": None,
    "retinopathy_solution.csv": "image,level,Usage\n11_left,1,Private\n",
    "test/11_left.jpeg": None,
}


def test_two_eyes_are_one_patient_in_the_official_split(convert):
    rows = convert("eyepacs", LAYOUT).rows
    left, right = rows["train/10_left.jpeg"], rows["train/10_right.jpeg"]
    assert (left.patient, left.eye, left.split) == ("eyepacs_10", "L", "train")
    assert (right.patient, right.eye, right.present) == ("eyepacs_10", "R", ("pdr",))
    assert rows["test/11_left.jpeg"].split == "test"


def test_without_the_solution_the_test_images_are_set_aside(convert):
    got = convert("eyepacs", {name: it for name, it in LAYOUT.items() if "solution" not in name})
    assert len(got.rows) == 2
    assert got.refused == {}
    assert list(got.done.aside.values()) == [1]


def test_jpg_and_jpeg_of_one_stem_are_not_chosen_between(convert):
    got = convert("eyepacs", LAYOUT | {"train/10_left.jpg": None})
    assert "train/10_left.jpeg" not in got.rows
    assert "may mean 'train/10_left.jpeg' or 'train/10_left.jpg'" in got.refused["10_left"]
