LAYOUT = {
    "G1020.csv": "imageID,binaryLabels\nimage_0.jpg,0\nimage_1.jpg,1\n",
    "Images/image_0.jpg": None,
    "Images/image_1.jpg": None,
    "Images_Square/image_0.jpg": None,
    "Images_Cropped/img/image_0.jpg": None,
    "NerveRemoved_Images/image_0.jpg": None,
    "Masks/image_0.png": None,
}


def test_of_four_pictures_of_a_name_the_original_is_taken(convert):
    got = convert("g1020", LAYOUT)
    assert set(got.rows) == {"Images/image_0.jpg", "Images/image_1.jpg"}
    assert got.rows["Images/image_0.jpg"].absent == ("glaucoma",)
    assert got.rows["Images/image_0.jpg"].present == ()
    assert sum(got.done.aside.values()) == 4


def test_one_image_with_two_labels_is_refused(convert):
    got = convert(
        "g1020", LAYOUT | {"G1020.csv": "imageID,binaryLabels\nimage_0.jpg,0\nimage_0.jpg,1\nimage_1.jpg,1\n"}
    )
    assert "named 2 times and not alike: '0' and '1'" in got.refused["Images/image_0.jpg"]
