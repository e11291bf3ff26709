LAYOUT = {
    "Macular-Hole-Retinal-OCT-images/MH1.jpeg": None,
    "Normal-Retinal-OCT-images/NORMAL1.jpeg": None,
    "Diabetic-Retinopathy-Retinal-OCT-Images/DR1.jpeg": None,
}


def test_a_folder_is_a_class(convert):
    got = convert("octid", LAYOUT)
    assert sorted(row.present for row in got.rows.values()) == [
        ("diabetic_retinopathy",),
        ("macular_hole",),
        ("normal",),
    ]
    assert got.done.ownerless == 3


def test_another_folder_is_named(convert):
    assert list(convert("octid", LAYOUT | {"Others/X1.jpeg": None}).refused) == ["Others/X1.jpeg"]
