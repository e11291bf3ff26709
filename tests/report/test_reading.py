import numpy as np
import pytest

from mmfundus.report.reading import reading_view
from mmfundus.types import Finding, Reading, Refusal, Row

PIXELS = np.full((16, 16, 3), 90, np.uint8)


def finding(label="hard_exudates", probability=0.5, cosine=0.2, map=None):
    return Finding(label, probability, cosine, map)


def reading(*findings, image="a/b.jpg", **row):
    return Reading(Row(image, "cfp", **row), PIXELS, findings)


def adding_up_to(total):
    map = np.arange(12, dtype=np.float32).reshape(3, 4) - 3.0
    return map / map.sum() * np.float32(total)


def card(*findings, **row):
    return reading_view([reading(*findings, **row)])["cards"][0]


def test_a_map_that_adds_up_is_said_to():
    words = card(finding(cosine=0.2, map=adding_up_to(0.2)))["map_words"]
    assert words == "Map of hard exudates: its 3 × 4 values add up exactly to the cosine score, +0.200."


def test_a_map_that_does_not_add_up_is_called_approximate():
    words = card(finding(cosine=0.2, map=adding_up_to(0.21)))["map_words"]
    assert "add up to +0.210, not to the cosine score +0.200" in words
    assert "exactly" not in words


def test_the_map_is_of_the_likeliest_finding_and_its_place_is_told():
    map = np.zeros((3, 3), np.float32)
    map[2, 0] = 0.2
    shown = card(finding(map=map), finding("amd", map=adding_up_to(0.1)))
    assert shown["overlay"].startswith("data:image/jpeg;base64,")
    assert shown["overlay_alt"] == "The same picture under the map of hard exudates, greatest in the lower left."


def test_without_a_map_the_card_says_so():
    shown = card(finding())
    assert shown["overlay"] is False
    assert shown["map_words"] == "This model has no map of hard exudates."
    assert card()["map_words"] == "No finding was asked, so there is no map."


def test_one_scale_serves_all_maps():
    view = reading_view([reading(finding(map=np.full((2, 2), v, np.float32))) for v in (0.01, -0.0425)])
    assert view["scale"] == "0.0425"


def test_five_findings_are_shown_and_the_others_counted():
    shown = card(*(finding(str(i), probability=1 - i / 10) for i in range(7)))
    assert [bar["label"] for bar in shown["findings"]] == ["0", "1", "2", "3", "4"]
    assert shown["findings"][1] == {
        "label": "1",
        "call": "",
        "percent": "90.0",
        "probability": "90.0 %",
        "cosine": "+0.200",
    }
    assert shown["findings_words"] == "5 likeliest of 7 findings asked"


def test_every_reading_is_a_card_or_a_refusal():
    readings = [reading(image="a"), Reading(Row("b", "cfp"), None, (), "It is empty."), reading(image="c")]
    view = reading_view(readings)
    assert [shown["image"] for shown in view["cards"]] == ["a", "c"]
    assert view["refused"] == [Refusal("b", "It is empty.")]


@pytest.mark.parametrize(("eye", "words"), [("R", "right eye"), ("L", "left eye"), ("", "eye not stated")])
def test_the_card_says_what_the_manifest_states_and_no_patient(eye, words):
    shown = card(eye=eye, patient="Doe^Jane", present=("hard_exudates", "amd"))
    assert shown["words"] == f"cfp, {words}. Stated as present in the manifest: hard exudates, amd."
    assert "Doe" not in str(shown)


def test_a_recognised_modality_is_told_from_a_stated_one():
    assert card(extra={"modality_by": "model"})["words"].startswith("cfp, as the model recognised, eye not stated.")
    assert card()["words"].startswith("cfp, eye not stated.")
