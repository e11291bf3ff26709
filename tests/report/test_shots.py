"""The few-shot curve and the retrieval table, as a page shows them."""

from mmfundus.report import pages, shots


def point(method, count, value):
    return {"method": method, "shots": count, "auroc": {"value": value, "low": value - 0.1, "high": value + 0.1}}


FOUND = {
    "curve": [
        point("zero-shot", 0, 0.6),
        point("linear", 1, 0.55),
        point("linear", 2, 0.7),
        point("tip_adapter", 1, 0.65),
    ],
    "questions": [{"modality": "cfp", "concept": "drusen"}],
    "draws": 2,
    "settings": "fixed",
    "shots": "patients a class",
    "reported": {"method": "linear", "shots": 2, "draw": 0},
    "left_out": [{"modality": "cfp", "concept": "amd", "reason": "<too few>"}],
}
LINE = {"query": "cfp", "gallery": "text", "of": "caption", "n_queries": 9, "n_patients": 7, "n_gallery": 4321} | {
    name: {"value": 0.5, "low": None, "high": None, "chance": 0.125}
    for name in ("recall@1", "recall@5", "recall@10", "map", "median_rank")
}


def test_the_chart_names_each_method_and_is_the_same_twice():
    drawn = shots.shots_chart(FOUND)
    assert drawn == shots.shots_chart(FOUND)
    assert "tip adapter" in drawn and "words alone" in drawn and "patients a class" in drawn


def test_a_point_that_is_missing_is_an_empty_cell():
    view = shots.shots_view({**FOUND, "curve": [p for p in FOUND["curve"] if p["shots"] != 2]})
    assert [len(its) for _, its in view["rows"]] == [1, 1]
    view = shots.shots_view(FOUND)
    assert [its[1].value for _, its in view["rows"]] == [0.7, None]


def test_the_page_shows_both_and_escapes():
    page = pages.evaluation_page({"retrieval": [LINE], "no_caption": 3, "modalities": {}})
    assert "AUROC" not in page  # no concept is asked
    page += pages.evaluation_page({"few_shot": FOUND, "modalities": {}})
    assert "&lt;too few&gt;" in page and "4321" in page and "3 images have no caption" in page
    assert page.count("chance 0.1") == 5
