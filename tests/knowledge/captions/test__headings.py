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


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("Outside records 2017: r/o CNV OD, no drusen OD. Today OD ERM", "+epiretinal_membrane"),
        ('[copied from 03/2021] "OD: SRF, no PED." Today OD: dry', "hsubretinal_fluid"),
        ("First visit: vitritis OD. Second: vitritis trace OD. Final: OD no vitritis", "hvitritis"),
        ("10/2021: PVD OD. 11/2021: retinal tear OD", "hposterior_vitreous_detachment +retinal_tear"),
        ("FA [DATE 2019] ([ID]): NVE OD. FA today: NVE no longer seen OD", "hnve"),
        ("At his last visit in [DATE] OD had a macular hole. There is a cataract OD.", "+cataract hmacular_hole"),
        (
            "PATIENT INSTRUCTIONS: Drusen are deposits. AMD is a disease. DIAGNOSIS TODAY: ERM OD",
            "+epiretinal_membrane",
        ),
    ],
)
def test_other_visits_and_leaflets(said, note: str, right: str) -> None:
    found = said(note)[0].split()
    assert [one for one in found if one not in ("-intraretinal_fluid", "-subretinal_fluid")] == right.split()
