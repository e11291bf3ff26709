import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmfundus.knowledge.captions import _answer
from mmfundus.knowledge.redaction.redact import redact
from mmfundus.types import STATUSES, Statement

NOTE = "Seen by Dr Zed Quixley on 3/4/2019. OD: small ERM superotemporal, severe NPDR. OS: ERM, no drusen."
SENT = redact(NOTE)


def item(concept="epiretinal_membrane", evidence="ERM", eye="R", status="present", **more):
    return {"concept": concept, "evidence": evidence, "eye": eye, "status": status, **more}


def told(*items):
    return _answer.read(json.dumps({"eye_note": True, "statements": items}))


def used(*items, eye=""):
    return _answer.statements(told(*items), SENT, eye)[0]


def reasons(*items):
    return [one.reason for one in _answer.statements(told(*items), SENT, "")[1]]


@pytest.mark.parametrize(
    "content",
    ["{}", "```json\n{}\n```", '<think>{"eye_note": 1}</think>\n{}', "Here it is: {} Bye."],
)
def test_an_object_is_found_between_other_words(content):
    assert _answer.read(content.replace("{}", '{"eye_note": true, "statements": []}'))["statements"] == []


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "no JSON object"), ("}{", "no JSON object"), ("{'a': 1}", "not valid JSON"), ("{" * 5000 + "}", "not valid"),
     ("[" * 100000 + "{}", "eye_note"), ('{"a":' * 100000 + "1" + "}" * 100000, "not valid JSON"),
     ('{"statements": []}', "eye_note"), ('{"eye_note": "yes", "statements": []}', "eye_note"),
     ('{"eye_note": true}', "statements"), ('{"eye_note": true, "statements": {}}', "statements")],
)  # fmt: skip
def test_other_answers_are_malformed(content, words):
    with pytest.raises(_answer.Malformed, match=words):
        _answer.read(content)


@given(st.text())
def test_any_answer_is_read_or_malformed(content):
    with contextlib.suppress(_answer.Malformed):
        assert isinstance(_answer.read(content)["statements"], list)


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
)
def test_any_items_are_used_or_rejected(items):
    found, rejected = _answer.statements(told(*items), SENT, "")
    assert found == [] and len(rejected) == len(items)


def test_a_statement_points_to_the_note_as_it_was():
    (found,) = used(item(location="superotemporal", severity="small"))
    assert found == Statement("epiretinal_membrane", "R", "present", NOTE.index("ERM"), NOTE.index("ERM") + 3, "ERM",
                              "superotemporal", "small")  # fmt: skip


def test_what_was_cut_out_does_not_come_back_as_evidence():
    (found,) = used(item(evidence="Dr [NAME] on [DATE 2019]. OD: small ERM"))
    assert NOTE[found.start : found.end] == "Dr Zed Quixley on 3/4/2019. OD: small ERM"
    assert "Quixley" not in found.evidence


def test_eyes():
    assert [one.eye for one in used(item(eye="both"))] == ["R", "L"]
    assert [one.eye for one in used(item(eye="unsaid"))] == ["R", "L"]
    assert [one.eye for one in used(item(eye="unsaid"), eye="L")] == ["L"]
    assert [one.eye for one in used(item(eye="R"), eye="L")] == ["R"]


def test_a_quotation_that_comes_again_is_the_next_place():
    first, second = NOTE.index("ERM"), NOTE.rindex("ERM")
    assert [one.start for one in used(item(), item(eye="L"), item(eye="L"))] == [first, first, second]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"concept": "gremlins"}, "no such concept"),
        ({"concept": ""}, "no such concept"),
        ({"eye": "OD"}, "The eye is none of"),
        ({"status": "planned"}, "The status is none of"),
        ({"evidence": "epiretinal membrane"}, "does not stand in the note"),
        ({"evidence": "erm"}, "does not stand in the note"),
        ({"evidence": "Quixley"}, "does not stand in the note"),
        ({"evidence": "RM"}, "inside a word"),
        ({"evidence": "  "}, "no word of the note"),
        ({"evidence": "[NAME] "}, "no word of the note"),
        ({"evidence": "x" * 301}, "longer than 300"),
        ({"evidence": None}, "not of the form"),
        ({"eye": ["R"]}, "not of the form"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_rejected_and_the_rest_is_used(wrong, reason):
    found, rejected = _answer.statements(told({**item(), **wrong}, item("drusen", "drusen", "L", "absent")), SENT, "")
    assert [one.concept for one in found] == ["drusen"]
    assert len(rejected) == 1 and reason in rejected[0].reason


def test_a_rejected_value_is_cut_short():
    (one,) = _answer.statements(told(item(concept="y" * 5000)), SENT, "")[1]
    assert len(one.concept) == _answer.SHOWN


@pytest.mark.parametrize("location", ["Quixley", "small", "nasal", "superotemporal Zed", "[NAME]", 7, None, "{}"])
def test_a_place_that_the_note_does_not_say_in_known_words_is_left_out(location):
    assert used(item(location=location))[0].location == ""


def test_asked_is_true_alone():
    assert [used(item(asked=value))[0].asked for value in (True, False, "true", 1, None)] == [True, *[False] * 4]


def test_every_status_is_understood():
    assert [used(item(status=status))[0].status for status in STATUSES] == list(STATUSES)
