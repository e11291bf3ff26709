import numpy as np
import pytest

from mmfundus.models.embed import Prepared
from mmfundus.train.watch import Score, zero_shot_score
from mmfundus.types import Row


def prepared(*stated, refused=()):
    """A picture each of a modality, brightness and concept; refused ones have no picture."""
    rows = tuple(Row(f"{i}.png", m, f"p{i}", present=(c,) if c else ()) for i, (m, _, c) in enumerate(stated))
    pixels = [np.full((32, 32, 3), grey, np.uint8) for i, (_, grey, _) in enumerate(stated) if i not in refused]
    stacked = np.stack(pixels) if pixels else np.zeros((0, 32, 32, 3), np.uint8)
    return Prepared(rows, stacked, tuple("gone" if i in refused else "" for i in range(len(stated))))


def test_a_known_order_has_a_known_score(fake_reader):
    right = [("cfp", 200, "drusen"), ("cfp", 90, "drusen"), ("cfp", 100, "normal"), ("cfp", 10, "normal")]
    found = zero_shot_score(fake_reader, prepared(*right))
    assert found.concepts == {"cfp/drusen": 0.75, "cfp/normal": 0.75}
    assert (found.modalities, found.macro_auroc) == ({"cfp": 0.75}, 0.75)


def test_the_mean_is_over_questions_not_over_modalities(fake_reader):
    rows = [("cfp", 200, "drusen"), ("cfp", 10, "normal"), ("oct", 10, "drusen"), ("oct", 200, "normal")]
    rows += [("cfp", 100, "glaucoma")]
    found = zero_shot_score(fake_reader, prepared(*rows))
    assert len(found.concepts) == 5
    assert found.macro_auroc == pytest.approx(np.mean(list(found.concepts.values())))
    assert set(found.modalities) == {"cfp", "oct"}


def test_a_concept_without_both_answers_is_left_out_and_not_guessed(fake_reader):
    assert zero_shot_score(fake_reader, prepared(("cfp", 200, "drusen"), ("cfp", 10, "drusen"))).macro_auroc is None


def test_a_row_that_cannot_be_read_does_not_shift_the_others(fake_reader):
    rows = [("cfp", 0, "normal"), ("cfp", 200, "drusen"), ("cfp", 10, "normal")]
    assert zero_shot_score(fake_reader, prepared(*rows, refused=(0,))).macro_auroc == 1.0


@pytest.mark.parametrize("rows", [prepared(), prepared(("cfp", 0, "normal"), refused=(0,))])
def test_nothing_to_score_is_no_score(fake_reader, rows):
    assert zero_shot_score(fake_reader, rows) == Score(None, {}, {})
