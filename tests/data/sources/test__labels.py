import pytest

from mmfundus.data.sources import _labels
from mmfundus.data.sources._labels import DME, ICDR, Stated
from mmfundus.knowledge import concepts


def test_a_grade_excludes_the_others_and_contradicts_nothing():
    for grade, stated in ICDR.items():
        assert concepts.conflict(stated.present, stated.absent) == ""
        up, down = concepts.implied(stated.present, stated.absent)
        assert ("diabetic_retinopathy" in up) == (grade != "0")
        assert len({"mild_npdr", "moderate_npdr", "severe_npdr", "pdr"} & (up | down)) == 4


def test_nought_is_no_retinopathy_and_not_a_normal_fundus():
    up, down = concepts.implied(ICDR["0"].present, ICDR["0"].absent)
    assert up == frozenset()
    assert "pdr" in down
    assert not {"glaucoma", "referable_dr", "diabetic_macular_edema"} & down


@pytest.mark.parametrize(
    ("retinopathy", "oedema", "referable"),
    [("0", "0", False), ("1.0", "0", False), ("2", "0", True), ("0", "1", True), ("4", "1", True)],
)
def test_referable_follows_from_both_grades(retinopathy, oedema, referable):
    stated = _labels.graded(retinopathy, oedema)
    up, down = concepts.implied(stated.present, stated.absent)
    assert ("referable_dr" in up, "referable_dr" in down) == (referable, not referable)


def test_grades_off_the_scale_are_none():
    assert _labels.graded("5", "0") is _labels.graded("0", "") is None
    assert set(DME) == {"0", "1"}


@pytest.mark.parametrize(
    ("label", "plain"), [("2.0", "2"), (" 2", "2"), ("-1.00", "-1"), ("2.5", "2.5"), ("im1.0", "im1.0")]
)
def test_whole_numbers_lose_their_point(label, plain):
    assert _labels.whole(label) == plain


def test_columns_of_yes_and_no():
    line = {"a": "1", "b": "0.0", "c": "", "d": "0", "e": "1", "f": "0", "g": "0"}
    named = {"a": "amd", "b": "drusen", "c": "glaucoma", "d": "collateral_vessels", "e": "collateral_vessels"}
    stated = _labels.columns(line, named, {"f": "chorioretinal_scar", "g": "drusen"})
    assert stated == Stated(("amd", "collateral_vessels"), ("drusen",))
    assert _labels.columns(line | {"g": "1"}, named, {"g": "drusen"}).present == ("amd", "collateral_vessels", "drusen")
    assert "drusen" not in _labels.columns(line | {"g": "1"}, named, {"g": "drusen"}).absent


def test_sexes():
    assert [_labels.sex(word) for word in ("Female", "m", " male", "O", "")] == ["F", "M", "M", "", ""]


def test_statements_add_up_once():
    assert Stated(("amd",)) + Stated(("amd", "drusen"), ("glaucoma",)) == Stated(("amd", "drusen"), ("glaucoma",))
    assert _labels.together([]) == _labels.NOTHING
