"""Statements become four lists an eye, in the guide's order."""

import pytest

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions._facts import extraction, of_eye
from mmfundus.types import EyeFacts, Statement


def say(concept: str, status: str, eye: str = "R", asked: bool = False) -> Statement:
    return Statement(concept, eye, status, 0, 4, "word", asked=asked)


@pytest.mark.parametrize(
    ("statuses", "kept"),
    [
        (("present",), "present"),
        (("absent", "present", "uncertain", "history"), "present"),
        (("absent", "uncertain", "history"), "uncertain"),
        (("absent", "history"), "history"),
        (("absent",), "absent"),
    ],
)
def test_the_strongest_statement_of_today_is_kept(statuses, kept) -> None:
    facts, _ = of_eye([say("drusen", status) for status in statuses])
    assert facts == EyeFacts(**{kept: ("drusen",)})


def test_an_answer_beats_the_question() -> None:
    asked = say("macular_hole", "uncertain", asked=True)
    assert of_eye([asked])[0].uncertain == ("macular_hole",)
    assert of_eye([asked, say("macular_hole", "absent")])[0] == EyeFacts(absent=("macular_hole",))


def test_eyes_are_kept_apart() -> None:
    found = extraction([say("drusen", "present", "L"), say("brvo", "absent", "R")])
    assert found.eyes == {"R": EyeFacts(absent=("brvo",)), "L": EyeFacts(present=("drusen",))}


def test_both_ways_is_named_and_present_is_kept() -> None:
    facts, conflicts = of_eye([say("drusen", "present"), say("drusen", "absent")])
    assert facts == EyeFacts(present=("drusen",))
    assert conflicts == ["'drusen' is both present and absent; kept as present."]


@pytest.mark.parametrize(
    ("said", "present", "absent"),
    [
        ([("normal", "present"), ("drusen", "present")], ("drusen",), ()),
        ([("mild_npdr", "present"), ("severe_npdr", "present")], ("severe_npdr",), ()),
        ([("high_risk_pdr", "present"), ("moderate_npdr", "present")], ("high_risk_pdr",), ()),
        ([("brvo", "present"), ("retinal_vein_occlusion", "absent")], ("brvo",), ()),
    ],
)
def test_what_cannot_stand_together_is_settled_and_named(said, present, absent) -> None:
    facts, conflicts = of_eye([say(*one) for one in said])
    assert (facts.present, facts.absent) == (present, absent)
    assert len(conflicts) == 1
    assert concepts.conflict(facts.present, facts.absent) == ""
