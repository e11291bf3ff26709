import numpy as np

from mmfundus.report import mistakes
from mmfundus.report.mistakes import worst
from mmfundus.tasks import Judged, zero_shot
from mmfundus.types import Predictions, Row


def judged(scores, sick, threshold=None):
    rows = tuple(Row(f"{i}.png", "cfp", f"p{i}", present=("amd",) if s else (), absent=() if s else ("amd",))
                 for i, s in enumerate(sick))  # fmt: skip
    table = Predictions(rows, ("amd",), np.array(scores)[:, None], ("",) * len(rows))
    return Judged({"modalities": {"cfp": {"concepts": {"amd": {"threshold": threshold}}}}}, table, None)


def test_the_most_confident_errors_come_first():
    found = worst(judged([0.9, 0.2, 0.7, 0.1, 0.8], [0, 0, 0, 1, 1]))
    assert [(it.row.image, it.present, it.rank, it.of) for it in found][:4] == [
        ("0.png", False, 1, 3), ("3.png", True, 1, 2), ("2.png", False, 2, 3), ("4.png", True, 2, 2)]  # fmt: skip
    assert len(worst(judged([0.9, 0.2], [0, 1]), most=1)) == 1


def test_what_is_on_the_right_side_of_a_threshold_is_no_error():
    found = worst(judged([0.9, 0.2, 0.7, 0.1, 0.8], [0, 0, 0, 1, 1], threshold=0.75))
    assert [it.row.image for it in found] == ["0.png", "3.png"]
    assert worst(judged([0.1, 0.9], [0, 1], threshold=0.5)) == []


def test_an_image_at_the_threshold_is_called_present():
    assert [it.row.image for it in worst(judged([0.5, 0.5], [0, 1], threshold=0.5))] == ["0.png"]


def test_they_are_shown_with_picture_and_the_concepts_own_map(eye_table, fake_reader):
    found = zero_shot.judge(fake_reader, eye_table, "val", resamples=0)
    seen = mistakes.look(fake_reader, eye_table, found)
    cards = mistakes.mistakes_view(seen)["cards"]
    assert len(cards) == len(seen) > 0
    for (it, _), card in zip(seen, cards, strict=True):
        assert card["head"].startswith(f"{it.concept}: stated {'present' if it.present else 'absent'}")
        assert f"Map of {it.concept}" in card["map_words"]
        assert card["picture"].startswith("data:image/jpeg")
        assert card["picture"] != card["overlay"]
        assert card["alt"]
        assert card["overlay_alt"]


def test_places_are_counted_in_words():
    assert [mistakes._ordinal(rank) for rank in (1, 2, 3, 4, 11)] == ["", "2nd", "3rd", "4th", "11th"]
