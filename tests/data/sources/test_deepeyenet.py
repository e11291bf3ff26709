import json


def listed(name: str, keywords: str, words: str) -> str:
    return json.dumps([{f"eyenet0420/{name}": {"keywords": keywords, "clinical-description": words}}])


LAYOUT = {
    "DeepEyeNet_train.json": listed("train_set/drusen-1.jpg", "drusen", "A 60-year-old white male."),
    "DeepEyeNet_valid.json": listed("val_set/csc-1.jpg", "csc", "Fluorescein angiogram of the right eye."),
    "DeepEyeNet_test.json": listed("test_set/albinism-12.jpg", "albinism", ""),
    "eyenet0420/train_set/drusen-1.jpg": None,
    "eyenet0420/val_set/csc-1.jpg": None,
    "eyenet0420/test_set/albinism-12.jpg": None,
}


def test_keywords_are_captions_and_no_labels(convert):
    rows = convert("deepeyenet", LAYOUT).rows
    row = rows["eyenet0420/train_set/drusen-1.jpg"]
    assert row.captions == ("A 60-year-old white male.", "drusen")
    assert (row.present, row.split) == ((), "train")
    assert rows["eyenet0420/test_set/albinism-12.jpg"].captions == ("albinism",)


def test_the_modality_says_how_it_was_known(convert):
    rows = convert("deepeyenet", LAYOUT).rows
    seen = {row.split: (row.modality, row.extra["modality_by"]) for row in rows.values()}
    assert seen == {"train": ("cfp", "assumed"), "val": ("fa", "text"), "test": ("cfp", "assumed")}


def test_a_listed_picture_that_is_missing_is_named(convert):
    got = convert("deepeyenet", {name: it for name, it in LAYOUT.items() if not name.endswith("12.jpg")})
    assert list(got.refused) == ["eyenet0420/test_set/albinism-12.jpg"]
