LAYOUT = {
    "Training400/Glaucoma/g0001.jpg": None,
    "Training400/Non-Glaucoma/n0001.jpg": None,
    "Annotation-Training400/Disc_Cup_Masks/Glaucoma/g0001.bmp": None,
    "REFUGE-Validation400/V0001.jpg": None,
    "REFUGE-Validation400-GT/Fovea_locations.xlsx": [
        ["ID", "ImgName", "Fovea_X", "Fovea_Y", "Glaucoma Label"],
        [1, "V0001.jpg", 10.5, 11.5, 1],
    ],
    "Test400/T0001.jpg": None,
    "REFUGE-Test-GT/Glaucoma_label_and_Fovea_location.xlsx": [
        ["ID", "ImgName", "Label(Glaucoma=1)"],
        [1, "T0001.jpg", 0],
        [2, "T0002.jpg", 1],
    ],
    "Test400/T0002.jpg": None,
}


def test_folders_letters_and_sheets(convert):
    got = convert("refuge", LAYOUT)
    assert {name: (row.present, row.absent, row.split) for name, row in got.rows.items()} == {
        "Training400/Glaucoma/g0001.jpg": (("glaucoma",), (), "train"),
        "Training400/Non-Glaucoma/n0001.jpg": ((), ("glaucoma",), "train"),
        "REFUGE-Validation400/V0001.jpg": (("glaucoma",), (), "val"),
        "Test400/T0001.jpg": ((), ("glaucoma",), "test"),
        "Test400/T0002.jpg": (("glaucoma",), (), "test"),
    }
    assert got.done.aside == {"a mask of disc and cup": 1}


def test_images_whose_table_is_missing_are_named(convert):
    got = convert("refuge", {name: it for name, it in LAYOUT.items() if "Test-GT" not in name})
    assert set(got.refused) == {"Test400/T0001.jpg", "Test400/T0002.jpg"}
