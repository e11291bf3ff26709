from hypothesis import given
from hypothesis import strategies as st

from mmfundus.knowledge.captions import _facts, rules
from mmfundus.knowledge.disagreements import KINDS, reviewed
from mmfundus.report.review import MOST, review_view, segments
from mmfundus.types import Extraction, Record, Rejected, Statement

NAMES = ("language model", "rules")
NOTE = "Seen by Dr Quixley. OD: mild NPDR, drusen. OS: no ERM."
SAID = rules.captioner()(NOTE)


def item(row=1, first=SAID, second=SAID):
    return reviewed(row, Record("p", NOTE), first, second)


def fewer():
    return _facts.extraction(SAID.statements[:1])


@given(st.text(max_size=60), st.data())
def test_segments_are_the_text_in_pieces(text, data):
    edge = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(edge, edge, st.integers(1, 9), st.sampled_from(KINDS)), max_size=6))
    pieces = segments(text, spans)
    assert "".join(piece["text"] for piece in pieces) == text
    at = 0
    for piece in pieces:
        over = [span for span in spans if span[0] <= at < span[1]] if piece["text"] else []
        assert piece["kind"] == min((span[3] for span in over), key=KINDS.index, default="")
        at += len(piece["text"])
    told = {number for piece in pieces for number in piece["numbers"]}
    assert told == {number for start, end, number, _ in spans if start < end}


def test_a_number_stands_where_its_evidence_ends():
    pieces = segments("abcdef", [(0, 4, 1, "same"), (2, 4, 2, "differ"), (3, 6, 3, "first")])
    assert [(p["text"], p["kind"], p["numbers"]) for p in pieces] == [
        ("ab", "same", []), ("c", "differ", []), ("d", "differ", [1, 2]), ("ef", "first", [3]),
    ]  # fmt: skip


def test_evidence_is_marked_in_the_redacted_note():
    card = review_view([item()], NAMES)["cards"][0]
    assert "".join(piece["text"] for piece in card["text"]) == "Seen by Dr [NAME]. OD: mild NPDR, drusen. OS: no ERM."
    assert [piece["text"] for piece in card["text"] if piece["kind"]] == ["mild NPDR", "drusen", "ERM"]


def test_notes_with_most_to_look_at_stand_first_then_refused_ones():
    lost = Extraction(refused="Busy.")
    items = [item(1), item(2, lost, lost), item(3, fewer()), item(4)]
    view = review_view(items, NAMES)
    assert [card["row"] for card in view["cards"]] == [3, 2, 1, 4]
    assert view["cards"][0]["words"] == "2 disagreements" and view["cards"][1]["words"] == "refused"
    assert view["cards"][1]["refused"] == [("language model", "Busy."), ("rules", "Busy.")]


def test_figures_are_of_all_notes():
    view = review_view([item(n, fewer()) for n in range(MOST + 3)], NAMES)
    facts = dict(view["facts"])
    assert facts["notes"] == "403" and facts["notes with a disagreement"] == "403"
    assert facts["findings rules alone"] == "806" and facts["findings said alike"] == "403"
    assert view["left"] == 3 and len(view["cards"]) == MOST


def test_filters_name_the_kinds_that_there_are():
    bad = Rejected("gremlins", "R", "present", "fog", "No.")
    told = Extraction(SAID.statements, SAID.eyes, rejected=(bad,))
    view = review_view([item(1, told), item(2)], NAMES)
    assert view["filters"] == [("rejected", "rejected", 1), ("same", "said alike", 2)]
    assert view["cards"][0]["rejected"] == [("right eye", bad)]


def test_one_captioner_is_shown_alone():
    view = review_view([reviewed(1, Record("p", NOTE), SAID)], ("rules",))
    assert view["names"] == ["rules"] and view["cards"][0]["words"] == "3 findings"
    assert [finding["said"] for finding in view["cards"][0]["findings"]] == [["present"], ["present"], ["absent"]]
    assert "findings found" in dict(view["facts"])


def test_a_code_has_no_place_in_the_note():
    coded = _facts.extraction([Statement("drusen", "R", "present", 0, 0, "H35.36")])
    card = review_view([reviewed(1, Record("p", NOTE), coded)], ("rules",))["cards"][0]
    assert not any(piece["kind"] for piece in card["text"]) and card["findings"][0]["places"] == []
