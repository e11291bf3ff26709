import json

import pytest

from mmfundus import NOTICE
from mmfundus.data.check import Entry, Report
from mmfundus.report import words
from mmfundus.types import Finding, Reading, Row


def figure(value, low=None, high=None, over=2, of=3):
    return {"macro": {"auroc": {"value": value, "low": low, "high": high, "over": over, "of": of}}}


def result(**more):
    counts = {"n_images": 9, "n_patients": 5, "n_refused": 1}
    head = {"task": "zero-shot", "model": "tiny", "manifest": "m.csv, split test"}
    return {**head, **counts, **figure(0.75, 0.5, 0.875), "modalities": {"cfp": figure(None, over=0)}, **more}


def finding(label, probability=0.5):
    return Finding(label, probability, 0.1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("été 眼.jpg", "été 眼.jpg"),
        ("a\nrefused: b", "a\\nrefused: b"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\udcff", "a\\udcff"),
        ("it's", "it's"),
    ],
)
def test_a_text_of_one_line_steers_no_terminal(text, shown):
    assert words.one_line(text) == shown
    shown.encode()  # can be printed


def test_a_result_says_counts_figures_and_what_was_not_judged():
    assert list(words.result_lines(result(not_judged={"slo": 3}))) == [
        "zero-shot of tiny on m.csv, split test: 9 images of 5 patients, 1 refused",
        "  all   macro AUROC 0.750 (0.500 to 0.875) over 2 of 3 concepts",
        "  cfp   macro AUROC undefined over 0 of 3 concepts",
        "  3 slo images state no concept and are not judged",
    ]


def test_the_start_weights_stand_beside_where_they_have_the_modality():
    before = result(modalities={})
    _, everything, cfp = words.result_lines(result(), before)
    assert everything.endswith("   start weights 0.750 (0.500 to 0.875)")
    assert "start weights" not in cfp


def test_check_lines_count_all_and_show_what_has_a_reason():
    entries = (Entry("a.png", "ok", ""), Entry("b\n.png", "refused", "It is empty."), Entry("c.png", "ok", "Same."))
    assert list(words.check_lines(Report(entries, ("A finding.",)))) == [
        "3 files: 2 ok, 1 refused",
        "  refused  b\\n.png: It is empty.",
        "  ok       c.png: Same.",
        "A finding.",
    ]


def test_a_reading_shows_five_findings_and_counts_the_others():
    one = Reading(Row("a.png", "cfp"), None, tuple(finding(f"f{i}", 0.9 - i / 10) for i in range(7)))
    lines = list(words.reading_lines([one]))
    assert lines[0] == "a.png   cfp"
    assert lines[1:7] == [*(f"   {0.9 - i / 10:.3f}  f{i}" for i in range(5)), "  and 2 less likely"]
    assert NOTICE in lines[-1]


def test_a_refused_reading_says_why_and_a_recognised_modality_is_marked():
    refused = Reading(Row("b\x07.png", ""), None, refused="b\x07.png is empty.")
    seen = Reading(Row("c.png", "oct", extra={"modality_by": "recognised"}), None, (finding("x"),))
    assert list(words.reading_lines([refused, seen]))[:3] == [
        "b\\x07.png   modality unknown",
        "  refused: b\\x07.png is empty.",
        "c.png   oct (recognised)",
    ]


def test_json_holds_every_finding_and_the_notice_and_is_strict():
    one = Reading(Row("a.png", "cfp"), None, tuple(finding(f"f{i}") for i in range(7)))
    found = json.loads(words.readings_json([one, Reading(Row("b", ""), None, refused="Empty.")], "tiny"))
    assert (found["model"], found["notice"]) == ("tiny", NOTICE)
    first, second = found["images"]
    assert [f["label"] for f in first["findings"]] == [f"f{i}" for i in range(7)]
    assert (first["refused_because"], second["refused_because"]) == (None, "Empty.")
    with pytest.raises(ValueError, match="JSON compliant"):
        words.readings_json([Reading(Row("a", "cfp"), None, (finding("x", float("nan")),))], "tiny")
