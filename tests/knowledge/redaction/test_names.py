import pytest

from mmfundus.knowledge.redaction.names import cuts


def found(note):
    return {note[cut.start : cut.end] for cut in cuts(note)}


@pytest.mark.parametrize(
    ("note", "name"),
    [
        ("Seen by Dr. Ngo-Wetherby today", "Ngo-Wetherby"), ("Name: john smith", "john smith"),
        ("Mrs Best has Best disease", "Best"), ("PATIENT: SPECIMEN, GERTRUDE. MRN", "SPECIMEN, GERTRUDE"),
        ("Dear Dr J P van der Meer,", "J P van der Meer"), ("Sincerely,\nKofi Mensah", "Kofi Mensah"),
        ("Exempla, 34M, uveitis", "Exempla"), ("Carter MD FACS", "Carter"), ("P. Nonesuch operated", "P. Nonesuch"),
        ("Zebulon Quixley, 1 Blank Street", "Zebulon Quixley"), ("Nguyen, T. and uveitis", "Nguyen, T."),
        ("wife Janelle drives", "Janelle"), ("Zamboni attended today", "Zamboni"), ("seen by dr smith", "smith"),
        ("DR. JONES NOTED", "JONES"), ("Janet has drusen", "Janet"), ("Drs Hartley and Ostrowski", "Ostrowski"),
        ("JOSÉ Muñoz attended", "JOSÉ Muñoz"), ("Mr John White was", "John White"), ("d/w O'Neil", "O'Neil"),
    ],
)  # fmt: skip
def test_names_are_found_by_their_signs(note, name):
    assert name in found(note)


@pytest.mark.parametrize(
    "note",
    ["DR OU, DR severe", "Dr advised laser", "Patient Stable", "Macular Hole Left Eye", "MAs scattered, PEDs OU",
     "RE: Vitreous Haemorrhage", "LE: Flat", "OD PDR 45M", "Follow Up In Retina Clinic", "Topcon Maestro"],
)  # fmt: skip
def test_clinical_words_are_no_names(note):
    assert found(note) == set()


def test_a_name_is_cut_wherever_it_stands():
    note = "Mr Alder Quixley. QUIXLEY says that quixley's eye is red. The alders are green."
    assert [note[c.start : c.end] for c in cuts(note)].count("quixley") == 1
    assert {"QUIXLEY", "quixley"} <= found(note)


def test_a_mail_address_does_not_hide_the_name_that_it_holds():
    assert "Zebulon Quixley" in found("Zebulon Quixley, mail zebulon.quixley@clinic.example")
