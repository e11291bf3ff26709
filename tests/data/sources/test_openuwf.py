LAYOUT = {
    "Original UWF Image/DR/a.jpg": None,
    "Original UWF Image/uveitis/b.jpg": None,
    "Original UWF Image/Healthy/c.jpg": None,
    "Ground Truth.xlsx": [["ID", "overall"], ["a", 2]],
}


def test_a_folder_is_a_class_however_it_is_written(convert):
    rows = convert("openuwf", LAYOUT).rows
    assert {name[-5]: row.present for name, row in rows.items()} == {
        "a": ("diabetic_retinopathy",),
        "b": ("uveitis",),
        "c": ("normal",),
    }
    assert {row.modality for row in rows.values()} == {"uwf"}


def test_an_image_outside_is_named(convert):
    assert list(convert("openuwf", LAYOUT | {"stray.jpg": None}).refused) == ["stray.jpg"]
