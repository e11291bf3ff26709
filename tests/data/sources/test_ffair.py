import json

CASES = {
    "train": {"case_1": {"En_Report": "Leakage\nat the macula.", "Image_path": ["case_1/1.jpeg", "case_1/2.jpeg"]}},
    "test": {"case_2": {"En_Report": "Normal.", "Image_path": ["case_2/1.jpeg"]}},
}
LAYOUT = {
    "ffair_annotation.json": json.dumps(CASES),
    "FFAIR/case_1/1.jpeg": None,
    "FFAIR/case_1/2.jpeg": None,
    "FFAIR/case_2/1.jpeg": None,
}


def test_the_report_is_the_caption_of_each_frame_and_no_label(convert):
    rows = convert("ffair", LAYOUT).rows
    first, second = rows["FFAIR/case_1/1.jpeg"], rows["FFAIR/case_1/2.jpeg"]
    assert first.captions == second.captions == ("Leakage at the macula.",)
    assert (first.study, first.patient, first.split) == ("ffair_case_1", "ffair_case_1", "train")
    assert (first.present, first.absent) == ((), ())
    assert rows["FFAIR/case_2/1.jpeg"].split == "test"


def test_frames_that_are_missing_or_unnamed_are_told(convert):
    files = {name: it for name, it in LAYOUT.items() if not name.endswith("1/2.jpeg")}
    got = convert("ffair", files | {"FFAIR/case_3/1.jpeg": None})
    assert set(got.refused) == {"case_1/2.jpeg", "FFAIR/case_3/1.jpeg"}
