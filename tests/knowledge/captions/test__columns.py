"""Tables with a right and a left, lines that are a side's heading, labels that name a part."""

from mmfundus.knowledge.captions import _columns, _headings


def read(note):
    _headings.read(note)
    _columns.read(note)
    return [(s.side, s.part) for s in note.segments]


def test_cells_take_the_eye_over_their_column(divided) -> None:
    table = "            OD           OS\nDisc        pale         pink\nMacula      ERM          flat"
    assert read(divided(table)) == [
        ("", "disc"),
        ("R", "disc"),
        ("L", "disc"),
        ("", "macula"),
        ("R", "macula"),
        ("L", "macula"),
    ]


def test_a_line_of_its_own_is_a_heading_until_the_next(divided) -> None:
    assert read(divided("RIGHT EYE\nMedia: clear\nLEFT EYE:\nDisc: pale\n\nERM")) == [
        ("", ""),
        ("R", "media"),
        ("", ""),
        ("L", "disc"),
        ("", ""),
    ]


def test_a_label_holds_for_its_line(divided) -> None:
    assert read(divided("Macula: dry; flat\nERM")) == [("", "macula"), ("", "macula"), ("", "")]


def test_the_words_of_a_finding_are_no_header(divided) -> None:
    assert read(divided("OD drusen    OS ERM")) == [("", ""), ("", "")]


def test_the_whole_way(said) -> None:
    table = "            OD           OS\nDisc        pale         pink\nDisc heme   no           yes, 7:00"
    assert said(table) == ("-disc_hemorrhage +disc_pallor", "+disc_hemorrhage")


def test_a_heading_with_a_side_stands_over_its_lines(said) -> None:
    note = "DFE OD:\n Disc: pale\n Macula: drusen\nDFE OS:\n Disc: pink\n Macula: ERM"
    assert said(note) == ("+disc_pallor +drusen", "+epiretinal_membrane")
