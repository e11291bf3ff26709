FIRST, SECOND = "Task 1 Image Quality Assessment", "Task 2 Referable DR and Task 3 DME"
LAYOUT = {
    f"{FIRST}/2. Groundtruths/1. Training.csv": "image,image quality level\n0001.jpg,0\n",
    f"{FIRST}/1. Images/1. Training/0001.jpg": None,
    f"{SECOND}/2. Groundtruths/1. Training.csv": "image,referable diabetic retinopathy,diabetic macular edema\n"
    "0001.jpg,1,\n0002.jpg,0,0\n",
    f"{SECOND}/1. Images/1. Training/0001.jpg": None,
    f"{SECOND}/1. Images/1. Training/0002.jpg": None,
    f"{SECOND}/1. Images/2. Validation/0003.jpg": None,
}


def test_an_empty_cell_was_not_judged(convert):
    rows = convert("uwf4dr", LAYOUT).rows
    one, two = (rows[f"{SECOND}/1. Images/1. Training/000{i}.jpg"] for i in (1, 2))
    assert (one.present, one.absent) == (("referable_dr",), ())
    assert (two.present, two.absent) == ((), ("referable_dr", "diabetic_macular_edema"))


def test_the_tasks_keep_their_own_0001(convert):
    got = convert("uwf4dr", LAYOUT)
    quality = got.rows[f"{FIRST}/1. Images/1. Training/0001.jpg"]
    assert (quality.present, quality.extra["quality"]) == ((), "0")
    assert sum(got.done.aside.values()) == 1


def test_a_missing_image_is_named(convert):
    files = {name: it for name, it in LAYOUT.items() if not name.endswith("0002.jpg")}
    assert list(convert("uwf4dr", files).refused) == ["0002.jpg"]
