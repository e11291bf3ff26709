LAYOUT = {
    "RetinalOCT_Dataset/train/AMD/amd_train_1.jpg": None,
    "RetinalOCT_Dataset/val/CSR/csr_val_1.jpg": None,
    "RetinalOCT_Dataset/test/NORMAL/normal_test_1.jpg": None,
}


def test_class_and_split(convert):
    rows = convert("octc8", LAYOUT).rows.values()
    assert {row.split: row.present for row in rows} == {
        "train": ("amd",),
        "val": ("central_serous_chorioretinopathy",),
        "test": ("normal",),
    }


def test_a_ninth_class_is_named(convert):
    assert len(convert("octc8", LAYOUT | {"RetinalOCT_Dataset/train/ERM/e.jpg": None}).refused) == 1
