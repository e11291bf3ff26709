"""Where notes divide."""

import pytest


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("drusen. ERM; PVD", ["drusen", "ERM", "PVD"]),
        ("vit. hge inf. OS", ["vit. hge inf. OS"]),
        ("1. PVD OU\n2. lattice", ["PVD OU", "lattice"]),
        ("A: 1. nAMD OS 2. Likely PCO OD.", ["A:", "nAMD OS 2", "Likely PCO OD"]),
        ("Disc   R: pale    L: pink", ["Disc", "R: pale", "L: pink"]),
        ("Right eye | Zone 2 | Stage 0", ["Right eye", "Zone 2", "Stage 0"]),
        ("x // y", ["x", "y"]),
        ("BRVO? Disc pale", ["BRVO?", "Disc pale"]),
        ("NVE? CWS", ["NVE? CWS"]),
        ("(seen by Dr. X. today) drusen", ["(seen by Dr. X. today) drusen"]),
        ("CDR 0.5 and .7", ["CDR 0.5 and .7"]),
    ],
)
def test_segments(divided, text: str, segments: list[str]) -> None:
    note = divided(text)
    found = [text[note.tokens[s.first].start : note.tokens[s.last - 1].end] for s in note.segments]
    assert found == segments


def test_wrapped_prose_is_one_paragraph_and_lines_are_several(divided) -> None:
    wrapped = "There is a long sentence about the macula of the right eye that\ngoes on in the next line. End."
    assert len({s.paragraph for s in divided(wrapped).segments}) == 1
    assert len({s.paragraph for s in divided("Macula: flat\nDisc: pale").segments}) == 2


def test_an_endless_list_is_divided(divided) -> None:
    note = divided("drusen, " * 1000)
    assert max(s.last - s.first for s in note.segments) <= 250
    assert len({s.sentence for s in note.segments}) == 1
