"""What a picture of a modality can show of what a record says."""

from mmfundus.knowledge.captions import seen
from mmfundus.knowledge.captions.rules import extract
from mmfundus.types import EyeFacts


def test_only_what_a_modality_shows_is_kept() -> None:
    found = extract("OD drusen, SRF, fluorescein leakage, no cataract")
    facts, captions = seen(found, "R", "oct")
    assert facts == EyeFacts(("drusen", "subretinal_fluid"))
    assert captions[0] == "drusen and subretinal fluid"
    assert seen(found, "R", "fa")[0].present == ("drusen", "fluorescein_leakage")


def test_an_eye_of_which_nothing_is_said_has_no_caption() -> None:
    assert seen(extract("OD drusen"), "L", "cfp") == (EyeFacts(), ())
