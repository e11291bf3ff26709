from mmfundus.report.beside import calibration_view, comparison_view, grades_view
from mmfundus.types import Interval

FIGURE = {"value": 0.5, "low": 0.4, "high": 0.6}


def test_grades_are_counted_by_stated_row():
    scale = {
        "name": "ICDR", "grades": ["none", "mild_npdr"], "n": 10, "n_patients": 8, "left_out": 1,
        "confusion": [[6, 2], [0, 2]], "recall": {"none": 0.75, "mild_npdr": None}, "kappa": FIGURE,
    }  # fmt: skip
    (table,) = grades_view({"scales": {"cfp": {"icdr": scale}}})["tables"]
    assert table["name"] == "ICDR (cfp)"
    assert [row["total"] for row in table["rows"]] == [8, 2]
    assert table["rows"][0]["cells"] == [{"n": 6, "share": 0.75}, {"n": 2, "share": 0.25}]
    assert [row["recall"] for row in table["rows"]] == ["0.750", "undefined"]
    assert table["figures"] == [("kappa", Interval(0.5, 0.4, 0.6))]
    assert grades_view({})["tables"] == []


def test_a_difference_is_apart_where_its_interval_leaves_zero():
    def entry(low, high, p):
        difference = {"value": 0.1, "low": low, "high": high}
        auroc = {"first": 0.8, "second": 0.7, "difference": difference, "p_delong": p}
        return {"modality": "cfp", "concept": "hard_exudates", "auroc": auroc}

    found = comparison_view(
        {"model": "a", "against": "b", "n_patients": 9, "only_first": ["x"], "concepts": [
            entry(0.01, 0.2, 0.0001), entry(-0.1, 0.3, 0.2), entry(-0.3, -0.1, None), entry(None, None, None)]}
    )  # fmt: skip
    assert [row["apart"] for row in found["rows"]] == [True, False, True, False]
    assert [row["delong"] for row in found["rows"]] == ["< 0.001", "0.200", "", ""]
    assert found["rows"][0]["concept"] == "hard exudates (cfp)"
    assert found["alone"] == [("a", 1)]


def test_calibration_stands_beside_what_was_before_it():
    result = {
        "modalities": {"cfp": {"concepts": {"hard_exudates": {"brier": {"value": 0.1, "low": None, "high": None}}}}},
        "calibration": {
            "method": "platt", "modalities": {
                "cfp": {"applied": True, "concepts": {
                    "hard_exudates": {"calibrated": True, "before": {"brier": FIGURE, "slope": FIGURE}},
                    "dry_amd": {"calibrated": False, "reason": "too few patients"},
                }},
                "oct": {"applied": False, "reason": "other labels"},
            },
        },
    }  # fmt: skip
    view = calibration_view(result)
    assert [(it["figure"], it["before"].value, it["after"].value) for it in view["rows"]] == [
        ("Brier", 0.5, 0.1), ("slope", 0.5, None)]  # fmt: skip
    assert view["refused"][0]["concept"] == "dry amd"
