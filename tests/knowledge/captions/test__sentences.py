"""Captions say what the facts say, in several wordings."""

from mmfundus.knowledge.captions._sentences import captions, join, narrowest
from mmfundus.types import EyeFacts, Measure, Statement


def test_everything_of_today_is_said_first() -> None:
    facts = EyeFacts(("moderate_npdr", "hard_exudates"), ("diabetic_macular_edema",), ("glaucoma",), ("brvo",))
    size = Measure("cup-to-disc ratio", "0.7", "R", 0, 3)
    assert captions(facts, [], [size, size]) == (
        "moderate non-proliferative diabetic retinopathy and hard exudates, without diabetic macular oedema, "
        "possible glaucoma",
        "moderate diabetic retinopathy and retinal exudates, without diabetic macular oedema, possible glaucoma",
        "moderate non-proliferative diabetic retinopathy with HE",
        "moderate non-proliferative diabetic retinopathy and hard exudates, without diabetic macular oedema, "
        "possible glaucoma, history of branch retinal vein occlusion, cup-to-disc ratio 0.7",
    )


def test_severity_and_place_stand_with_the_name() -> None:
    said = [Statement("brvo", "R", "present", 0, 4, "BRVO", location="inferotemporal", severity="mild")]
    assert captions(EyeFacts(("brvo",)), said)[0] == "mild inferotemporal branch retinal vein occlusion"


def test_denial_alone_and_nothing_at_all() -> None:
    assert captions(EyeFacts(absent=("drusen", "brvo")), []) == ("no drusen or branch retinal vein occlusion",)
    assert captions(EyeFacts(), []) == ()


def test_only_the_narrowest_is_said() -> None:
    assert narrowest(("diabetic_retinopathy", "severe_npdr")) == ["severe_npdr"]


def test_lists_are_joined_as_english_does() -> None:
    assert join(["a", "b", "c"], "or") == "a, b or c"
    assert join(["a", "b", "c"], "with") == "a with b and c"
    assert join(["a"], "with") == "a"
