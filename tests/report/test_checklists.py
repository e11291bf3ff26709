import re

import pytest

from mmfundus.report import checklists
from mmfundus.report.checklists import FILES, OWED, answers, checklists_view, guideline, markdown

RESULT = {
    "task": "zero-shot", "model": "small", "manifest": "m.csv, split test", "n_images": 12, "n_patients": 9,
    "n_refused": 2, "seed": 3, "versions": {"mmfundus": "1"}, "concepts": {"glaucoma": {}},
    "macro": {"auroc": {"value": 0.7, "low": 0.6, "high": 0.8, "over": 1, "of": 1}},
    "modalities": {"cfp": {"concepts": {"glaucoma": {"n_present": 3, "n_absent": 7, "threshold": 0.2}}}},
}  # fmt: skip


@pytest.mark.parametrize(("name", "rows", "numbered"), [("tripod_ai", 52, 27), ("stard_ai", 48, 40), ("claim", 44, 44)])
def test_a_guideline_has_all_its_items_in_order(name, rows, numbered):
    numbers = [item["number"] for item in guideline(name)["item"]]
    assert (len(numbers), len(set(numbers))) == (rows, rows)
    found = [int(re.match(r"\d+", number)[0]) for number in numbers]
    assert found == sorted(found)
    assert sorted(set(found)) == list(range(1, numbered + 1))


@pytest.mark.parametrize("name", FILES)
def test_a_guideline_says_how_far_it_was_confirmed_and_names_only_known_answers(name):
    found = guideline(name)
    assert found["confirmed"]
    assert found["doi"].startswith("10.")
    calibrated = {**RESULT, "calibration": {"method": "platt"}, "subgroups": {"sex": {}}, "scales": {"cfp": {}}}
    assert {item["knows"] for item in found["item"] if "knows" in item} <= set(answers(calibrated, True))
    assert all(item["author"] and item["topic"] for item in found["item"])


def test_what_the_tool_knows_comes_from_the_result():
    found = answers(RESULT, False)
    assert "12 images of 9 patients" in found["size"]
    assert "30.0 %" in found["prevalence"]
    assert "2 images were refused" in found["refused"]
    assert "0.700 (0.600–0.800)" in found["headline"]
    assert "1 of 1 thresholds" in found["thresholds"]
    assert not {"flow", "errors", "calibration", "groups", "grades"} & set(found)


def test_of_nothing_the_tool_knows_nothing():
    assert answers({}, False) == {}
    rows = [row for it in checklists_view({}, False)["checklists"] for row in it["rows"]]
    assert {row["knows"] for row in rows} == {""}


def test_ethics_funding_and_protocol_are_always_the_authors():
    for it in checklists_view(RESULT, True)["checklists"]:
        for row in it["rows"]:
            if re.search("Funding|[Ee]thical approval|Protocol|Registration", row["topic"]):
                assert row["knows"] == ""


def test_the_file_to_write_in_has_a_row_an_item():
    text = markdown(RESULT, True)
    assert text.count("\n| ") - 3 == sum(len(guideline(name)["item"]) for name in FILES)
    assert f"| 17 | Ethical approval | **{OWED}** | Name the committee and number. |" in text


def test_hostile_names_stay_in_their_cell():
    hostile = {**RESULT, "manifest": "a|b\n| 1 | <script>*x*"}
    rows = [line for line in markdown(hostile, True).splitlines() if line.startswith("| 5a |")]
    assert len(rows) == 1
    assert len(re.findall(r"(?<!\\)\|", rows[0])) == 5
    assert "<script>" not in rows[0]


def test_the_shipped_files_are_those_that_are_read():
    folder = checklists.resources.files("mmfundus.report") / "guidelines"
    assert {path.name for path in folder.iterdir()} == {f"{name}.toml" for name in FILES}
