LAYOUT = {
    "train_labels.csv": "challenge_id,class\nTRAIN000000,RG\nTRAIN000001,NRG\n",
    "0/TRAIN000000.jpg": None,
    "1/TRAIN000001.jpg": None,
}


def test_images_are_found_in_whichever_unpacked_folder(convert):
    got = convert("airogs", LAYOUT)
    assert got.rows["0/TRAIN000000.jpg"].present == ("glaucoma",)
    assert got.rows["1/TRAIN000001.jpg"].absent == ("glaucoma",)
    assert got.done.ownerless == 2


def test_an_archive_left_packed_is_named_with_what_it_misses(convert):
    files = {name: it for name, it in LAYOUT.items() if not name.startswith("1/")}
    got = convert("airogs", files | {"1.zip": b"PK"})
    assert "still packed" in got.refused["1.zip"]
    assert "train_labels.csv names this image" in got.refused["TRAIN000001"]
