"""Numbers and their eyes."""

import pytest

from mmfundus.knowledge.captions.rules import extract

CUP, THICK, PRESSURE, ACUITY = (
    "cup-to-disc ratio", "central subfield thickness", "intraocular pressure", "visual acuity",
)  # fmt: skip


@pytest.mark.parametrize(
    ("note", "measures"),
    [
        ("C/D 0.5 OD 0.55 OS", [(CUP, "0.5", "R"), (CUP, "0.55", "L")]),
        ("VCDR R 0.4 L .5", [(CUP, "0.4", "R"), (CUP, "0.5", "L")]),
        ("IOP 15/16", [(PRESSURE, "15 mmHg", "R"), (PRESSURE, "16 mmHg", "L")]),
        ("OD: CST 312 um; OS: CST 250", [(THICK, "312 µm", "R"), (THICK, "250 µm", "L")]),
        ("VA 6/12 RE, 20/40 LE", [(ACUITY, "6/12", "R"), (ACUITY, "20/40", "L")]),
        ("OD C/D 0.4, OS C/D 0.6", [(CUP, "0.4", "R"), (CUP, "0.6", "L")]),
        ("C/D large OD", []),
    ],
)
def test_measures(note: str, measures: list[tuple[str, str, str]]) -> None:
    found = extract(note).measures
    assert [(m.name, m.value, m.eye) for m in found] == measures
    assert all(note[m.start : m.end] for m in found)


def test_no_concept_follows_and_the_caption_keeps_them() -> None:
    found = extract("OD glaucoma, C/D 0.9")
    assert found.eyes["R"].present == ("glaucoma",)
    assert found.captions["R"][-1] == "glaucoma, cup-to-disc ratio 0.9"
