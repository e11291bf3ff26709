"""The page says what was leaked, what a cue tells and which group is worst, in words and in every table."""

import re

import pytest

from mmfundus.report import marks, pages, words
from mmfundus.report.evaluation import evaluation_view

FIG = {"value": 0.8, "low": 0.7, "high": 0.9}
ENTRY = {
    "n_present": 5,
    "n_absent": 6,
    "auroc": FIG,
    "auprc": FIG,
    "sensitivity": FIG,
    "specificity": FIG,
    "threshold": 0.5,
}
GROUP = {"n_images": 9, "n_patients": 8, "n_present": 4, "n_absent": 5, "auroc": FIG, "sensitivity": FIG,
         "specificity": FIG, "difference": FIG}  # fmt: skip
SMALL = {**GROUP, "auroc": {"value": None, "low": None, "high": None, "reason": "3 patients have it present"}}


@pytest.fixture
def result():
    part = {
        "n_images": 11,
        "n_leaked": 2,
        "concepts": {"drusen": ENTRY},
        "macro": {"auroc": {**FIG, "over": 1, "of": 1}},
    }
    alarm = {"modality": "cfp", "concept": "drusen", "cue": "frame", "auroc": FIG, "level": 0.8}
    cues = {"cues": {"frame": FIG}, "strongest": "frame", "alarms": [alarm], "n_present": 5, "n_absent": 6}
    left = {"n_images": 9, "n_patients": 9, "macro": part["macro"], "modalities": {"cfp": part}}
    return {
        "task": "zero-shot", "model": "m", "manifest": "t", "n_images": 11, **part, "modalities": {"cfp": part},
        "leakage": {
            "checked_against": "train.csv", "n_fingerprints": 40, "n_rows": 2,
            "by_kind": {"bytes": 1, "pixels": 0, "near": 1, "patient": 0}, "without": left,
            "rows": [{"image": "<a>.png", "match": "row 3 of train.csv", "how": "near", "score": 0.91}],
        },
        "shortcuts": {"rule": "A rule.", "alarms": [alarm], "modalities": {"cfp": {"concepts": {"drusen": cues}}}},
        "subgroups": {"sex": {
            "modalities": {"cfp": {"drusen": {"groups": {"F": GROUP, "M": GROUP, "X": SMALL}, "worst": "M"}}},
            "comparisons": {"n": 2, "apart": 1, "warning": "2 differences were looked at."},
        }},
    }  # fmt: skip


def test_the_page_says_all_of_it(result):
    page = pages.evaluation_page(result, more=marks.sections(result))
    assert "LEAKED: 2 of 11 images were seen in training (bytes 1, near 1)." in page
    assert "SHORTCUT: drusen on cfp is told without the eye, AUROC of frame 0.800 (0.700 to 0.900)." in page
    assert "11 images, 2 LEAKED" in page  # the table's own caption
    assert "drusen <strong>(shortcut)</strong>" in page
    assert "of the 9 that were not seen in training" in page
    assert "&lt;a&gt;.png" in page
    captions = re.findall(r"<caption>.*?</caption>|<figcaption>.*?</figcaption>", page)
    assert len(captions) == 7, captions
    of_data = [caption for caption in captions if "LEAKED" not in caption]
    assert len(of_data) == 1 and "AUROC of each cue" in of_data[0], "shortcuts are the images', not the model's"
    assert "M <strong>(worst)</strong>" in page
    assert "3 patients have it present" in page
    assert "2 differences were looked at." in page


def test_what_was_not_looked_for_has_no_section(result):
    assert marks.sections({"n_images": 1}) == []
    result["leakage"] = {"checked_against": None, "reason": "the model has no list", "n_rows": None}
    (first, *_) = marks.sections(result)
    assert first.view["reason"] == "the model has no list"
    assert next(words.alerts(result)).startswith("SHORTCUT")


def test_without_leaks_nothing_is_marked(result):
    result["leakage"]["n_rows"], result["modalities"]["cfp"]["n_leaked"] = 0, 0
    result["shortcuts"]["alarms"] = []
    view = evaluation_view(result)
    assert view["warnings"] == []
    assert "LEAKED" not in view["groups"][0]["caption"]
    assert not view["groups"][0]["rows"][0]["shortcut"]
