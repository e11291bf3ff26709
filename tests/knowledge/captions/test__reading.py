"""The whole way of a note, and that it is linear and never fails."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _cues, _reading
from mmfundus.knowledge.captions.rules import extract

CUES = [text for way in ("before", "behind") for texts in _cues.file()[way].values() for text in texts]
WORDS = [
    "OD",
    "OS",
    "OU",
    "RE",
    "R",
    "right eye",
    "other eye",
    "neither",
    "both",
    ",",
    ".",
    ";",
    ":",
    "\n",
    "\n\n",
    " | ",
    "     ",
    "(",
    ")",
    "[ ]",
    "?",
    "-",
    "/",
    "//",
    "1.",
    "(2)",
    "BRVO",
    "NPDR",
    "severe",
    "drusen",
    "macula",
    "disc",
    "flat",
    "dry",
    "normal",
    "H35.3221",
    "R1M0",
    "stage 3",
    "ROP",
    "ICDR 2",
    "2019",
    "'15",
    "ago",
    "hole",
    "scar",
    "fluid",
    "&nbsp;",
    "<p>",
    "laser",
    "PRP",
    "today",
    "Plan:",
    "POH:",
    "Macula:",
    "none",
    "same",
    "vs",
    "or",
    "rather than",
    "dr",
    "MAs",
    "İ",
    "ß",
    "ﬁ",
    "\u2028",
    "\x00",
    "𝔘",
]
JOINED = st.tuples(st.lists(st.sampled_from(WORDS + CUES), max_size=50), st.sampled_from([" ", "", "\n"]))


@settings(deadline=None, max_examples=300)
@given(st.one_of(JOINED.map(lambda one: one[1].join(one[0])), st.text(max_size=200)), st.sampled_from(["", "R", "L"]))
def test_any_text_is_read_and_its_spans_lie_in_it(text: str, eye: str) -> None:
    found = extract(text, eye)
    for one in found.statements:
        assert text[one.start : one.end] == one.evidence != ""
        assert one.eye in "RL"
    for facts in found.eyes.values():
        assert concepts.conflict(facts.present, facts.absent) == ""
        listed = [*facts.present, *facts.absent, *facts.uncertain, *facts.history]
        assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    "piece", ["drusen, ", "no ", "OD drusen. ", "(", "H35.31 ", "drusen vs ", "mild NPDR OU, ", "<", "of the "]
)
def test_time_grows_with_length(piece: str) -> None:
    def seconds(times: int) -> float:
        begun = time.process_time()
        extract(piece * times)
        return time.process_time() - begun

    seconds(100)
    short, long = max(seconds(2000), 0.01), seconds(8000)
    assert long < 12 * short, "four times the text took more than twelve times the time"


def test_sides_do_not_change_what_is_found() -> None:
    note = "OD: mod NPDR w/o CSME, OS PRP scars, no NV; h/o BRVO OS 2019; r/o glaucoma"
    swapped = note.replace("OD", "@").replace("OS", "OD").replace("@", "OS")
    one, other = extract(note).eyes, extract(swapped).eyes
    assert (one["R"], one["L"]) == (other["L"], other["R"])


def test_a_wide_name_gives_way_to_its_qualifier() -> None:
    note = _reading.read("CSC OS, chronic")
    assert [(m.concept, m.eyes, m.status) for m in note.mentions] == [("chronic_csc", "L", "present")]


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("BRVO OD with CME, s/p Avastin, CME resolved", "+brvo hcystoid_macular_edema"),
        ("VH OD. VH cleared.", "hvitreous_hemorrhage"),
        ("VH OD cleared in May. VH OD again today", "+vitreous_hemorrhage"),
        ("?ERM OD. OCT OD: no ERM", "-epiretinal_membrane"),
        ("Referred ?NPDR OD - no NPDR", "-npdr"),
        ("PDR OD, no active NV", "+pdr"),
    ],
)
def test_a_later_word_settles_an_earlier_one(said, note: str, right: str) -> None:
    assert said(note)[0] == right
