import numpy as np
import pytest

from mmfundus.errors import ManifestError
from mmfundus.evaluate.questions import NO_VALIDATION, NOT_ASKED, questions, stated
from mmfundus.types import Predictions, Row

NAN = float("nan")


def side(entries, concepts=("glaucoma",)):
    """From (modality, patient, refused, probabilities, labels) per row."""
    rows = tuple(Row(f"{i}.png", entry[0], entry[1]) for i, entry in enumerate(entries))
    table = np.array([entry[3] for entry in entries], dtype=float).reshape(len(rows), len(concepts))
    labels = np.array([entry[4] for entry in entries], dtype=float).reshape(len(rows), len(concepts))
    return stated(Predictions(rows, concepts, table, tuple(entry[2] for entry in entries)), labels)


def test_each_modality_has_its_own_question_and_its_own_threshold():
    test = side([("cfp", "a", "", 0.2, 0), ("oct", "a", "", 0.9, 1), ("cfp", "b", "", 0.3, 1)])
    validation = side(
        [("cfp", "c", "", 0.6, 1), ("cfp", "d", "", 0.1, 0), ("oct", "c", "", 0.99, 1), ("oct", "d", "", 0.98, 0)]
    )
    found = questions(test, validation)
    assert [(q.modality, q.concept, q.threshold) for q in found] == [
        ("cfp", "glaucoma", 0.6),
        ("oct", "glaucoma", 0.99),
    ]
    assert found[0].ranking.score.tolist() == [0.2, 0.3]  # nothing of oct
    assert found[0].ranking.cut == 2  # the threshold is above both


def test_unknown_labels_and_refused_rows_are_in_no_ranking():
    test = side([("cfp", "a", "", 0.2, 0), ("cfp", "b", "", 0.4, NAN), ("cfp", "c", "dark", NAN, 1)])
    (only,) = questions(test, None)
    assert only.ranking.score.tolist() == [0.2]
    assert (only.ranking.present_at.size, only.ranking.absent_at.size) == (0, 1)


def test_a_concept_that_is_not_asked_of_a_modality_is_no_question():
    test = side([("cfp", "a", "", [0.2, NAN], [0, 1])], ("glaucoma", "drusen"))
    assert [q.concept for q in questions(test, None)] == ["glaucoma"]


def test_a_lone_missing_probability_is_not_dropped_in_silence():
    test = side([("cfp", "a", "", 0.2, 0), ("cfp", "b", "", NAN, 1)])
    with pytest.raises(ManifestError, match=r"'1.png' has no probability of 'glaucoma'"):
        questions(test, None)


def test_why_there_is_no_threshold():
    test = side([("cfp", "a", "", 0.2, 0)])
    assert questions(test, None)[0].no_threshold == NO_VALIDATION
    assert questions(test, side([("oct", "b", "", 0.2, 0)]))[0].no_threshold == NOT_ASKED
    single = questions(test, side([("cfp", "b", "", 0.2, 0)]))[0]
    assert single.threshold is None
    assert single.no_threshold == (
        "its threshold needs a present image: 0 present and 1 absent are stated in the validation rows"
    )


def test_a_patient_on_both_sides_is_refused_without_naming_them():
    both = [("cfp", "Jane Roe", "", 0.2, 0)]
    with pytest.raises(ManifestError, match="1 patients are in the judged and in the validation rows") as caught:
        questions(side(both), side(both))
    assert "Jane" not in str(caught.value)
