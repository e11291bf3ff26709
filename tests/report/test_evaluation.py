import pytest

from mmfundus.report.evaluation import TALLEST, as_interval, evaluation_view, groups, headline, undefined
from mmfundus.types import Interval


def figure(value, low=None, high=None):
    return {"value": value, "low": low, "high": high}


def entry(auroc, present=3, absent=9):
    return {"n_present": present, "n_absent": absent, "auroc": auroc, "auprc": figure(0.6), "threshold": 0.25}


def macro(value, over, of):
    return {"auroc": {**figure(value, value - 0.1, value + 0.1), "over": over, "of": of}}


RESULT = {
    "task": "zero-shot",
    "n_images": 12,
    "macro": macro(0.7, 3, 4),
    "modalities": {
        "cfp": {
            "n_images": 7,
            "macro": macro(0.8, 2, 2),
            "concepts": {"hard_exudates": entry(figure(0.8, 0.6, 0.9)), "amd": entry(figure(0.3, 0.1, 0.45))},
        },
        "oct": {"concepts": {"amd": entry(figure(0.7, 0.4, 0.9)), "drusen": entry(None, 0, 0)}},
    },
    "undefined": [
        {"modality": "oct", "concept": "drusen", "metric": "auroc", "reason": "no image"},
        {"modality": "oct", "concept": "drusen", "metric": "auprc", "reason": "no image"},
        {"concept": "drusen", "metric": "sensitivity", "reason": "no threshold"},
    ],
}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, Interval(None)),
        (0.5, Interval(0.5)),
        (figure(0.5, 0.4, 0.6), Interval(0.5, 0.4, 0.6)),
        ({**figure(None), "reason": "why"}, Interval(None, reason="why")),
        ({"value": 0.5, "low": 0.4, "high": 0.6, "over": 2, "of": 3}, Interval(0.5, 0.4, 0.6)),
    ],
)
def test_an_entry_becomes_an_interval(found, expected):
    assert as_interval(found) == expected


def test_each_modality_has_its_table():
    cfp, oct = groups(RESULT)
    assert [row["concept"] for row in cfp["rows"]] == ["hard exudates", "amd"]
    assert cfp["caption"] == "cfp: concepts with 95 % intervals, 7 images"
    assert cfp["over"] == "mean over 2 of 2 concepts"
    assert cfp["rows"][0]["prevalence"] == 0.25
    assert oct["rows"][1]["prevalence"] is None
    assert oct["rows"][1]["auroc"] == Interval(None)
    assert oct["macro"] is None


def test_a_baseline_stands_in_the_same_row():
    before = {"modalities": {"cfp": {"concepts": {"amd": entry(figure(0.5))}}}}
    cfp, oct = groups(RESULT, before)
    assert [row["baseline"] for row in cfp["rows"]] == [Interval(None), Interval(0.5)]
    assert [row["baseline"] for row in oct["rows"]] == [Interval(None), Interval(None)]


def test_a_result_without_modalities_is_one_table():
    (one,) = groups({"concepts": {"amd": entry(figure(0.7))}}, {"concepts": {"amd": entry(figure(0.5))}})
    assert (one["rows"][0]["auroc"], one["rows"][0]["baseline"]) == (Interval(0.7), Interval(0.5))


def test_the_verdict_counts_every_concept():
    verdict = evaluation_view(RESULT)["verdict"]
    assert "above 0.5: 1 of 4; wholly below it: 1; without an interval: 1." in verdict


def test_undefined_figures_are_gathered_by_reason():
    assert undefined(RESULT) == [
        {"concept": "drusen", "modality": "oct", "metrics": "AUROC, AUPRC", "reason": "no image"},
        {"concept": "drusen", "modality": "all", "metrics": "sensitivity", "reason": "no threshold"},
    ]


def test_the_headline_says_over_what_it_is_a_mean():
    assert headline(RESULT) == "Macro AUROC with its 95 % interval: 0.700 (0.600–0.800), mean over 3 of 4 concepts."
    assert headline({}, RESULT).startswith(
        "Macro AUROC with its 95 % interval: undefined. The start weights alone: 0.700"
    )


def test_what_the_result_does_not_say_is_unknown():
    view = evaluation_view({"task": "zero-shot"})
    assert dict(view["facts"])["patients"] == "unknown"
    assert view["forests"] == []


def test_a_long_forest_is_one_for_each_modality():
    def result(n):
        part = {"concepts": {f"c{i}": entry(figure(0.7, 0.6, 0.8)) for i in range(n)}}
        return {"modalities": {"cfp": part, "oct": part, "fa": {"concepts": {}}}}

    assert len(evaluation_view(result(TALLEST // 2))["forests"]) == 1
    found = evaluation_view(result(TALLEST))["forests"]
    assert [f"({name})" in svg for name, svg in zip(("cfp", "oct"), found, strict=True)] == [True, True]
