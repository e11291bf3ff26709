"""Cues are found by longest match and take no word of a mention."""

from mmfundus.knowledge.captions import _cues


def found(note, taken=frozenset()):
    return [(cue.text, cue.before, cue.behind) for cue in _cues.find(note, 0, len(note.tokens), taken)]


def test_the_longest_wins(divided) -> None:
    assert found(divided("no evidence of progression of GA")) == [("no evidence of progression of", "present", "")]
    assert found(divided("cannot be excluded")) == [("cannot be excluded", "", "uncertain")]


def test_marks_are_words_of_their_own(divided) -> None:
    assert found(divided("w/o x; h/o y; +/- z")) == [
        ("w/o", "absent", ""),
        ("h/o", "history", ""),
        ("+/-", "uncertain", "uncertain"),
    ]


def test_words_of_a_mention_are_not_used(divided) -> None:
    note = divided("no new vessels")
    assert found(note)[0][0] == "no new"
    assert found(note, frozenset({1, 2})) == [("no", "absent", "absent")]


def test_no_cue_has_two_meanings_in_one_direction() -> None:
    for direction in ("before", "behind"):
        cues = [_cues.split(text) for texts in _cues.file()[direction].values() for text in texts]
        assert sorted({cue for cue in cues if cues.count(cue) > 1}) == []
