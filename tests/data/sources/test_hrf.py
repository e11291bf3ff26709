LAYOUT = {
    "images/01_dr.JPG": None,
    "images/01_g.jpg": None,
    "images/01_h.jpg": None,
    "manual1/01_dr.tif": None,
    "mask/01_dr_mask.tif": None,
}


def test_letters_are_classes_and_masks_are_set_aside(convert):
    got = convert("hrf", LAYOUT)
    assert {row.extra["source_label"]: row.present for row in got.rows.values()} == {
        "dr": ("diabetic_retinopathy",),
        "g": ("glaucoma",),
        "h": ("normal",),
    }
    assert (sum(got.done.aside.values()), got.refused) == (2, {})


def test_other_letters_are_refused(convert):
    assert list(convert("hrf", LAYOUT | {"images/01_bad.jpg": None}).refused) == ["images/01_bad.jpg"]
