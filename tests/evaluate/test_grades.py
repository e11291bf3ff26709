import numpy as np
import pytest

from mmfundus.evaluate import grades
from mmfundus.knowledge.concepts import shipped
from mmfundus.types import Embeddings, Predictions, Row

ICDR, AREDS = (shipped().scales[name] for name in ("icdr", "areds"))


def row(name, present=(), absent=(), **extra):
    return Row(name, "cfp", name, present=present, absent=absent, extra=extra)


def test_a_grade_is_stated_by_concepts_or_by_a_column_and_else_unknown():
    assert grades.stated_grade(row("a", ("severe_npdr",)), ICDR) == 3
    assert grades.stated_grade(row("b", (), ("diabetic_retinopathy",)), ICDR) == 0
    assert grades.stated_grade(row("c", ("diabetic_retinopathy",)), ICDR) is None  # of no known grade
    assert grades.stated_grade(row("d", areds="3"), AREDS) == 2
    assert grades.stated_grade(row("f", ("mild_npdr",)), shipped().scales["etdrs"]) is None
    assert grades.stated_grade(row("e", areds="7"), AREDS) is None


def test_the_mildest_grade_is_what_it_denies_turned_round():
    asked = grades.asked_of(ICDR)
    likely = np.array([[0.2, 0.1, 0.3, 0.7, 0.4]])
    assert asked == ("diabetic_retinopathy", "mild_npdr", "moderate_npdr", "severe_npdr", "pdr")
    found = grades.probabilities(Predictions((row("a"),), asked, likely, ("",)), ICDR)
    assert found[0] == pytest.approx([0.8, 0.1, 0.3, 0.7, 0.4])


def test_words_are_asked_where_a_grade_has_no_concept():
    assert "many medium drusen, at least one large druse, or atrophy away from the centre" in grades.asked_of(AREDS)


def test_a_blind_model_keeps_its_zero_and_refused_rows_are_counted():
    rows = (row("a", ("pdr",)), row("b", ("mild_npdr",)), row("c", (), ("diabetic_retinopathy",)), row("d", ("pdr",)))
    embedded = Embeddings(rows, np.ones((4, 2), np.float32), ("", "", "", "dark"))

    def ask(labels):
        concepts = tuple(labels["cfp"])
        return Predictions(rows, concepts, np.tile([0.3, 0.1, 0.1, 0.1, 0.2], (4, 1)), embedded.refused)

    found = grades.judge(embedded, ask, seed=0, resamples=20)["cfp"]["icdr"]
    assert (found["n"], found["left_out"], found["balanced_over"]) == (3, 1, 3)
    assert found["balanced_accuracy"]["value"] == pytest.approx(1 / 3) and found["recall"]["4"] == 0.0
