"""Ranges are answered from sorted lists."""

from mmfundus.knowledge.captions._note import Mention, Segment, places


def test_what_stands_in_a_segment(divided) -> None:
    note = divided("OD drusen; OS ERM, PVD")
    note.mentions = [Mention(1, 2, "drusen"), Mention(4, 5, "epiretinal_membrane"), Mention(6, 7, "x")]
    first, second = note.segments
    assert [m.concept for m in note.within(first)] == ["drusen"]
    assert [m.first for m in note.within(second)] == [4, 6]
    assert [side.eyes for side in note.sides_in(0, 3)] == ["R"]
    assert note.segment_of(6) is second
    assert (note.low(1), note.low(99), note.lows(0, 2)) == ("drusen", "", ["od", "drusen"])


def test_places_are_all_tokens_of_mentions() -> None:
    assert places([Mention(1, 3, "a"), Mention(5, 6, "b")]) == {1, 2, 5}
    assert Segment(0, 1).section == ""
