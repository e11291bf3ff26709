import pytest

from mmfundus.knowledge.redaction.places import cuts


def found(note):
    return {note[cut.start : cut.end] for cut in cuts(note)}


@pytest.mark.parametrize(
    ("note", "place"),
    [
        ("Nowhere, 1 Blank Street, Emptyville. OD flat", "1 Blank Street, Emptyville"),
        ("at 9 Nowhere Lane, Faketown 00000   Phone", "9 Nowhere Lane, Faketown 00000"),
        ("Lives at 14b Old Mill Lane, Little Snoring NR21 0HY.", "14b Old Mill Lane, Little Snoring NR21 0HY"),
        ("77 Massachusetts Ave Apt 4, Cambridge, MA 02139", "77 Massachusetts Ave Apt 4, Cambridge, MA 02139"),
        ("seen at Saint Nobody Eye Unit. LE", "Saint Nobody Eye Unit"),
        ("Royal Victoria Infirmary", "Royal Victoria Infirmary"),
        ("Address: the old mill, wick   Phone: 1", "the old mill, wick"), ("lives in Emptyville", "Emptyville"),
    ],
)  # fmt: skip
def test_addresses_and_institutions_are_found(note, place):
    assert place in found(note)


@pytest.mark.parametrize(
    "note",
    ["Retina Clinic in 2 weeks", "Hospital Eye Service", "2 RD quadrants", "University Hospital", "Glaucoma Unit",
     "3 Close Follow Up", "Urgent Eye Clinic"],
)  # fmt: skip
def test_words_of_care_stay(note):
    assert found(note) == set()
