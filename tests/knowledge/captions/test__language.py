"""What is refused: other languages, other specialties, letters; and what is not."""

import pytest

from mmfundus.knowledge.captions.rules import extract


@pytest.mark.parametrize(
    ("note", "language"),
    [
        ("RA: PDR ohne Makulaödem. LA: Netzhaut anliegend, keine Blutung.", "German"),
        ("OD: retinopatía diabética sin edema macular. OI: drusas.", "Spanish"),
        ("OD: retinopatia diabética não proliferativa leve, sem edema.", "Portuguese"),
        ("OD : décollement de rétine, œil gauche sans particularité.", "French"),
        ("OD: retinopatia diabetica senza edema maculare, occhio sinistro: drusen.", "Italian"),
        ("RO: geen retinopathie. LO: droge vorm, met drusen.", "Dutch"),
        ("右眼糖尿病视网膜病变，左眼正常 OCT", "another script"),
        ("ОД: диабетическая ретинопатия, ОС: норма", "another script"),
    ],
)
def test_other_languages_are_refused_by_name(note: str, language: str) -> None:
    found = extract(note)
    assert language in found.refused
    assert (found.statements, found.eyes) == ((), {})


@pytest.mark.parametrize(
    "note",
    [
        "CT chest: no pulmonary nodules, bilateral basal atelectasis.",
        "Podiatry: callus L 1st MTP debrided. No ulcer.",
        "Echo: LVEF 55 %, RV normal. MA calcification.",
        "Your appointment is on Monday. Please bring your glasses and arrive 10 minutes early.",
        "",
    ],
)
def test_what_is_no_note_of_an_eye_is_refused(note: str) -> None:
    found = extract(note)
    assert found.refused
    assert found.refused.endswith(".")


@pytest.mark.parametrize(
    "note",
    [
        "C/D 0.5 OD 0.55 OS, IOP 18/19.",
        "Dry eye OU, MGD.",
        "no npdr",
        "RP OU w/ CME OD",
        "Behçet uveitis OU, seen with Dr Müller.",
        "NVE? CWS",
    ],
)
def test_notes_of_an_eye_are_read(note: str) -> None:
    assert extract(note).refused == ""


def test_a_refusal_holds_no_word_of_the_note() -> None:
    assert "Geheim" not in extract("Frau Geheim: keine Netzhautablösung, Auge ohne Befund.").refused


def test_a_column_makes_it_of_an_eye() -> None:
    assert extract("stable, continue").refused
    assert extract("stable, continue", "R").refused == ""


@pytest.mark.parametrize(
    "note",
    [
        "DERM: 4 mm pigmented naevus left forearm, no ulceration. FBSE 12 months.",
        "Rheum f/u. RA stable on MTX. No synovitis. LFTs normal. Book her annual eye check.",
        "US pelvis: fibroid 3 cm, no free fluid. Ovaries normal bilaterally.",
        "Shoulder MRI: partial tear of the tendon, no fracture, joint fluid.",
        "Cardiology: echo normal, no murmur, LVEF 60%.",
    ],
)
def test_notes_of_other_specialties_are_refused(note: str) -> None:
    assert extract(note).refused


@pytest.mark.parametrize(
    "note",
    [
        "RA on MTX, rheum asks HCQ screening: OCT normal, macula no drusen OU",
        "Post stroke, carotid plaque: no emboli OU, discs pink",
    ],
)
def test_eye_notes_of_such_patients_are_read(note: str) -> None:
    assert not extract(note).refused
