"""Sections: what stands under a heading, and where it ends."""

import pytest

from mmfundus.knowledge.captions import _headings


def sections(note) -> list[tuple[str, str]]:
    _headings.read(note)
    segments = [s for s in note.segments if s.first < s.last]
    return [(s.section, note.text[note.tokens[s.first].start : note.tokens[s.last - 1].end]) for s in segments]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("POH: RD OD; BRVO OS\nExam: flat", [("history", "RD OD"), ("history", "BRVO OS"), ("", "flat")]),
        ("FH: glaucoma. IOP 15", [("family", "glaucoma"), ("", "IOP 15")]),
        ("Reason: ?ERM. On examination ERM", [("asked", "?ERM"), ("", "On examination ERM")]),
        ("PLAN\nPRP OD\n\nERM", [("plan", "PRP OD"), ("", "ERM")]),
        ("Hx: 2014 BRVO. Today: CRVO", [("history", "2014 BRVO"), ("", "Today: CRVO")]),
        ("Impression RE: ERM", [("", "RE: ERM")]),
        ("Historical note", [("", "Historical note")]),
    ],
)
def test_sections(divided, text: str, found: list[tuple[str, str]]) -> None:
    assert sections(divided(text)) == found


def test_of_dated_visits_all_but_the_last_are_earlier(divided) -> None:
    assert [kind for kind, _ in sections(divided("Visit 2020: ERM. Visit 2021: PVD. Today: ok"))] == [
        "earlier",
        "earlier",
        "",
    ]


def test_a_conclusion_starts_afresh_and_today_does_not(divided) -> None:
    note = divided("OD drusen. Today: flat. Impression: ERM")
    _headings.read(note)
    drusen, today, impression = (s.paragraph for s in note.segments)
    assert drusen == today != impression
    assert _headings.line_spacing(divided("a\n\nb\n\nc")) == 2
