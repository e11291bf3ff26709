"""Composites by hand: what is unknown stays unknown, and the chance of a union keeps its bounds."""

import numpy as np
import pytest

from mmfundus.errors import UnknownName, WorkError
from mmfundus.evaluate import presets
from mmfundus.knowledge.concepts import concepts
from mmfundus.types import Predictions, Row

DR = presets.load("dr-screening")


def said(present=(), absent=()):
    found = presets.composite_labels(DR, (Row("a", "cfp", present=present, absent=absent),))[0]
    return dict(zip((one.id for one in DR.composites), found, strict=True))


@pytest.mark.parametrize(
    ("present", "absent", "referable", "threatening"),
    [
        (("normal",), (), 0, 0),
        (("mild_npdr",), (), None, None),  # of its macula nothing is said
        (("mild_npdr",), ("diabetic_macular_edema",), 0, 0),
        (("mild_npdr", "diabetic_macular_edema"), (), 1, 1),
        (("moderate_npdr",), (), 1, None),
        (("moderate_npdr",), ("macular_edema",), 1, 0),
        (("severe_npdr",), (), 1, 1),
        (("pdr",), ("diabetic_macular_edema",), 1, 1),
        (("referable_dr",), (), 1, None),
        ((), ("referable_dr",), 0, 0),
        (("diabetic_retinopathy",), (), None, None),
        ((), (), None, None),
    ],
)
def test_labels_of_dr_screening(present, absent, referable, threatening):
    found = said(present, absent)
    assert [None if np.isnan(found[k]) else found[k] for k in ("referable", "vision_threatening")] == [
        referable,
        threatening,
    ]


def test_the_grade_alone_needs_no_word_on_the_macula():
    assert said(("mild_npdr",))["icdr_2_or_more"] == said(("moderate_npdr",))["icdr_3_or_more"] == 0


def test_a_union_is_one_minus_the_product_within_frechets_bounds():
    assert presets.union(np.array([[0.5, 0.5]]))[0] == pytest.approx(0.75, abs=1e-12)
    assert presets.union(np.array([[0.3]]))[0] == pytest.approx(0.3, abs=1e-12)
    p = np.random.default_rng(0).random((1000, 4)) * 0.99
    found = presets.union(p)
    np.testing.assert_allclose(found, 1 - np.prod(1 - p, axis=1), atol=2e-6)  # beyond a million to one it is squeezed
    assert (found >= p.max(axis=1) - 1e-6).all()
    assert (found <= np.minimum(p.sum(axis=1), 1) + 1e-12).all()
    assert np.isnan(presets.union(np.array([[0.1, np.nan]]))).all()
    assert presets.union(np.array([[0.0, 0.0], [1.0, 1.0]])).tolist() == pytest.approx([0, 1], abs=1e-6)


def test_sure_images_do_not_tie():
    found = presets.union(1 - np.array([[1e-9, 1e-9], [1e-9, 1e-10], [1e-10, 1e-10]]))
    assert found[0] < found[1] < found[2] < 1


def test_columns_are_made_of_the_members():
    p = np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]])
    found = presets.composite_predictions(DR, Predictions((Row("a", "cfp"),), DR.asked, p, ("",)))
    assert found.concepts == ("referable", "vision_threatening", "icdr_2_or_more", "icdr_3_or_more")
    np.testing.assert_allclose(found.probability[0, 3], 1 - 0.6 * 0.5, atol=1e-12)


@pytest.mark.parametrize("name", presets.names())
def test_shipped_ones_have_sources_and_ask_what_the_modality_shows(name):
    preset = presets.load(name)
    assert all(concepts()[asked].modalities for asked in preset.asked)
    missing = [(c, m) for c in preset.asked for m in preset.modalities if m not in concepts()[c].modalities]
    assert missing == []
    assert preset.status == "unreviewed" and preset.version >= 1


def test_the_end_points_are_those_of_the_trial():
    told = [(it["sensitivity"], it["specificity"], it["unit"]) for it in DR.composites[0].references]
    assert told == [(0.85, 0.825, "patient"), (0.872, 0.907, "patient")]
    assert not DR.composites[1].references


GOOD = 'name="x"\nversion=1\nstatus="unreviewed"\nmodalities=["cfp"]\nasked=["a"]\nsources=["s"]\n'
COMPOSITE = '[[composites]]\nid="i"\nname="n"\nany=["a"]\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name=", "not valid TOML"),
        (GOOD, "has no 'composites'"),
        (GOOD + '[[composites]]\nid="i"\nname="n"\n', "without 'any'"),
        (GOOD + '[[composites]]\nid="i"\nname="n"\nany=["b"]\n', "made of 'b', which is not in 'asked'"),
        (
            GOOD + '[[composites]]\nid="i"\nname="n"\nany=["a"]\n[[composites.references]]\nname="r"\n',
            "no 'sensitivity'",
        ),
        (GOOD.replace('"a"', '"z"') + '[[composites]]\nid="i"\nname="n"\nany=["z"]\n', "'z', which does not exist"),
    ],
)
def test_a_wrong_file_is_a_sentence(text, words):
    with pytest.raises(WorkError, match=words):
        presets.parse("x", text, {"a"})


def test_an_unknown_one_lists_the_choices():
    with pytest.raises(UnknownName, match="dr-screening"):
        presets.load("dr")
