"""The words that clinicians wrote for the images of ODIR: each is a concept or left out on purpose."""

import csv
import re
from pathlib import Path

import pytest

from mmfundus.errors import UnknownName
from mmfundus.knowledge.concepts import find

# A keyword that names no concept, and why.
ON_PURPOSE = {
    "suspected glaucoma": "uncertain: for the reader of notes, who knows doubt",
    "suspected cataract": "uncertain: for the reader of notes, who knows doubt",
    "suspected diabetic retinopathy": "uncertain: for the reader of notes, who knows doubt",
    "suspicious diabetic retinopathy": "uncertain: for the reader of notes, who knows doubt",
    "suspected moderate non proliferative retinopathy": "uncertain: for the reader of notes, who knows doubt",
    "suspected macular epimacular membrane": "uncertain: for the reader of notes, who knows doubt",
    "old branch retinal vein occlusion": "an old one: for the reader of notes, who knows what is past",
    "old central retinal vein occlusion": "an old one: for the reader of notes, who knows what is past",
    "spotted membranous change": "no one lesion is called so",
}


@pytest.fixture(scope="module")
def keywords(shared_data: Path) -> list[str]:
    """All keywords, one for each time that an image has it."""
    table = shared_data / "odir5k" / "labels.csv"
    if not table.is_file():
        pytest.skip("needs ../shared/data/odir5k, which is not beside this checkout")
    with table.open(encoding="utf-8", newline="") as file:
        return [word.strip() for row in csv.DictReader(file) for word in re.split("[,，]", row["caption"])]


def test_every_keyword_is_a_concept_or_left_out_on_purpose(keywords: list[str]) -> None:
    assert len(keywords) > 3000
    unknown = set()
    for keyword in set(keywords):
        try:
            find(keyword, "cfp")
        except UnknownName:
            unknown.add(keyword)
    assert unknown == set(ON_PURPOSE)


def test_what_is_doubted_or_past_is_known_without_its_doubt() -> None:
    left = {re.sub("^(suspected|suspicious|old) ", "", keyword) for keyword in ON_PURPOSE} - {
        "spotted membranous change"
    }
    assert {find(keyword).id for keyword in left} == {
        "glaucoma", "cataract", "diabetic_retinopathy", "moderate_npdr", "epiretinal_membrane", "brvo", "crvo",
    }  # fmt: skip
