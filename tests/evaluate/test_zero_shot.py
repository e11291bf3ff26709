import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmfundus.errors import BrokenModel, UsageError
from mmfundus.evaluate.zero_shot import (
    ABNORMAL,
    asked,
    class_vectors,
    cosines,
    label_vectors,
    log_odds,
    needed,
    predict,
    probability,
    resolve,
    rivals,
)
from mmfundus.knowledge.prompts import Prompt
from mmfundus.types import Embeddings, Row

DISEASES = ["normal", "glaucoma", "cataract", "macular_hole"]  # mutually exclusive as far as labels go
FAMILY = ["diabetic_retinopathy", "severe_npdr", "pdr", "glaucoma"]

# Cosines on a grid of 1e-5: images that differ at all differ by more than float32 vectors' rounding.
cosine = st.integers(-100_000, 100_000).map(lambda step: step / 100_000)
pictures = hnp.arrays(np.float64, st.tuples(st.just(5), st.integers(1, 12)), elements=cosine)


def prompt(text, weight=1.0):
    return Prompt(text, weight)


def encoder(table):
    """A text tower that knows a few texts, and counts its calls."""
    calls = []

    def encode(texts):
        calls.append(list(texts))
        return np.array([table[text] for text in texts], dtype=np.float32)

    encode.calls = calls
    return encode


def by_label(matrix, labels):
    return dict(zip(needed(labels), matrix, strict=False))


def chances(matrix, labels, scale=100.0):
    return probability(log_odds(by_label(matrix, labels), labels, scale))


# -- class vectors


def test_a_class_vector_is_normalised_before_and_after_the_mean():
    encode = encoder({"a long one": [30.0, 0.0], "across": [0.0, 1.0]})
    vector = class_vectors(encode, {"drusen": [prompt("a long one"), prompt("across")]})["drusen"]
    np.testing.assert_allclose(vector, [0.5**0.5, 0.5**0.5], atol=1e-7)  # the long prompt does not win
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-12)  # peers leave 0.71 here


def test_prompts_whose_vectors_disagree_do_not_make_their_label_lose():
    encode = encoder({"same": [1, 0, 0], "left": [0, 1, 1], "right": [0, 1, -1]})
    vectors = class_vectors(encode, {"steady": [prompt("same")], "varied": [prompt("left"), prompt("right")]})
    image = np.array([[0.6, 0.8, 0.0]], dtype=np.float32)
    found = cosines(image, vectors)
    assert found["varied"][0] == pytest.approx(0.8, abs=1e-6)
    assert found["varied"][0] > found["steady"][0]  # 0.57 < 0.60 without the second normalisation


def test_weights_weigh_and_one_call_encodes_all():
    encode = encoder({"a": [1, 0], "b": [0, 1], "c": [1, 1]})
    vectors = class_vectors(encode, {"x": [prompt("a", 3.0), prompt("b", 4.0)], "y": [prompt("c")]})
    np.testing.assert_allclose(vectors["x"], [0.6, 0.8], atol=1e-12)
    assert encode.calls == [["a", "b", "c"]]


@pytest.mark.parametrize("vector", [[0.0, 0.0], [float("nan"), 1.0], [float("inf"), 0.0]])
def test_a_text_without_direction_is_a_broken_model(vector):
    with pytest.raises(BrokenModel, match="no direction for 'drusen'"):
        class_vectors(encoder({"a": vector}), {"drusen": [prompt("a")]})


def test_label_vectors_hold_the_silent_rivals_of_each_modality():
    encode = encoder({"cfp normal": [1, 0], "oct normal": [0, 1], "oct drusen": [1, 1], f"cfp {ABNORMAL}": [1, -1]})
    labels = {"cfp": ["normal"], "oct": ["drusen"]}
    found = label_vectors(encode, lambda label, modality: (prompt(f"{modality} {label}"),), labels)
    assert set(found) == {("cfp", "normal"), ("cfp", ABNORMAL), ("oct", "drusen"), ("oct", "normal")}
    np.testing.assert_allclose(found["oct", "normal"], [0, 1])


# -- rivals


def test_relatives_are_no_rivals_and_normal_always_is():
    assert rivals("severe_npdr", FAMILY) == ("pdr", "glaucoma", "normal")
    assert rivals("diabetic_retinopathy", FAMILY) == ("glaucoma", "normal")
    assert rivals("glaucoma", FAMILY) == ("diabetic_retinopathy", "severe_npdr", "pdr", "normal")
    assert rivals("glaucoma", DISEASES) == ("normal", "cataract", "macular_hole")  # once, not twice


def test_one_label_alone_has_a_rival():
    assert rivals("glaucoma", ["glaucoma"]) == ("normal",)
    assert rivals("normal", ["normal"]) == (ABNORMAL,)
    assert rivals("normal", ["normal", "glaucoma"]) == ("glaucoma",)
    assert needed(["glaucoma"]) == ("glaucoma", "normal")


def test_abnormal_as_a_label_speaks_against_normal_alone():
    labels = ["normal", ABNORMAL, "glaucoma"]
    assert rivals("glaucoma", labels) == ("normal",)
    assert rivals(ABNORMAL, labels) == ("normal",)
    assert rivals("normal", labels) == (ABNORMAL, "glaucoma")


def test_free_text_is_a_rival_like_any_other():
    assert rivals("a tilted disc", ["a tilted disc", "glaucoma"]) == ("glaucoma", "normal")


def test_names_become_ids_and_free_text_stays():
    assert resolve(["Glaucoma", " PDR ", "a tilted   disc"], "cfp") == ("glaucoma", "pdr", "a tilted disc")


def test_labels_asked_twice_or_not_at_all_are_refused():
    with pytest.raises(UsageError, match="'glaucoma' is asked 2 times"):
        needed(["glaucoma", "normal", "glaucoma"])
    with pytest.raises(UsageError, match="No label"):
        needed([])


# -- probabilities


@given(pictures, st.sampled_from([1.0, 10.0, 100.0]))
def test_of_exclusive_labels_it_is_the_softmax(matrix, scale):
    logits = scale * matrix[:4]
    exponentials = np.exp(logits - logits.max(axis=0))
    expected = (exponentials / exponentials.sum(axis=0)).T
    np.testing.assert_allclose(chances(matrix, DISEASES, scale), expected, rtol=0, atol=1e-6)


def test_known_answer_with_a_silent_rival():
    matrix = np.array([[0.3], [0.3 - np.log(3) / 100]])  # glaucoma, and normal: odds of 3 to 1
    assert chances(matrix, ["glaucoma"])[0, 0] == pytest.approx(0.75, abs=1e-12)


@given(pictures, st.sampled_from([["glaucoma"], ["normal"], ["normal", "amd"], DISEASES, FAMILY]))
def test_the_order_by_probability_is_the_order_by_log_odds(matrix, labels):
    odds = log_odds(by_label(matrix, labels), labels, 100.0)
    found = probability(odds)
    assert ((found > 0) & (found < 1)).all()
    np.testing.assert_array_equal(np.argsort(odds, axis=0, kind="stable"), np.argsort(found, axis=0, kind="stable"))
    for likely, column in zip(found.T, odds.T, strict=True):  # odds that differ by more than rounding stay apart
        assert len(set(np.round(column, 4))) <= len(set(likely)) <= len(set(column))


def test_no_two_images_tie_at_scale_100_where_peers_tie():
    matrix = np.array([[0.95, 0.96, 0.97, 0.98], [-0.9] * 4])
    peers = 1 / (1 + np.exp(-100 * (matrix[0] - matrix[1]).astype(np.float32)))
    assert len(set(peers)) == 1  # what is tested against: the sigmoid saturates
    assert np.all(np.diff(chances(matrix, ["glaucoma"])[:, 0]) > 0)
    assert np.all(np.diff(1 - chances(-matrix, ["glaucoma"])[:, 0]) >= 0)


def test_below_odds_of_a_million_it_is_the_logistic_and_beyond_it_moves_by_less_than_a_millionth():
    odds = np.linspace(-60, 200, 5001)
    exact = np.exp(-np.logaddexp(0, -odds))
    found = probability(odds)
    small = odds <= np.log(1e6)
    np.testing.assert_array_equal(found[small], exact[small])
    assert np.abs(found - exact).max() < 1e-6 and np.all(np.diff(found) > 0)


@given(pictures, st.permutations(range(4)))
@settings(max_examples=40)
def test_permuting_the_labels_permutes_the_columns(matrix, order):
    labels = [FAMILY[i] for i in order]
    cosine = by_label(matrix, FAMILY)
    found = probability(log_odds(cosine, FAMILY, 50.0))
    permuted = probability(log_odds(cosine, labels, 50.0))
    np.testing.assert_allclose(permuted, found[:, order], rtol=1e-12)


@given(pictures)
@settings(max_examples=20)
def test_one_image_knows_nothing_of_the_others(matrix):
    together = chances(matrix, DISEASES)
    alone = np.concatenate([chances(matrix[:, [i]], DISEASES) for i in range(matrix.shape[1])])
    np.testing.assert_array_equal(together, alone)


# -- tables


def test_asked_are_the_concepts_that_a_row_states_as_present():
    rows = [
        Row("1.png", "oct", present=("drusen", "amd"), absent=("macular_hole",)),
        Row("2.png", "oct", present=("normal",)),
        Row("3.png", "cfp", present=("normal",), absent=("drusen",)),
        Row("4.png", "fa", absent=("brvo",)),
    ]
    assert asked(rows) == {"cfp": ("normal",), "oct": ("amd", "drusen", "normal")}


def embeddings(rows, vectors, refused=None):
    return Embeddings(tuple(rows), np.array(vectors, dtype=np.float32), tuple(refused or [""] * len(rows)))


VECTORS = {
    ("cfp", "glaucoma"): np.array([1.0, 0.0]),
    ("cfp", "normal"): np.array([0.0, 1.0]),
    ("oct", "drusen"): np.array([0.0, 1.0]),
    ("oct", "normal"): np.array([1.0, 0.0]),
}


def test_predict_asks_each_modality_its_own_labels():
    rows = [Row("a", "cfp"), Row("b", "oct"), Row("c", "cfp")]
    found = predict(
        embeddings(rows, [[0.6, 0.8], [0.6, 0.8], [0.8, 0.6]]),
        {"cfp": ["glaucoma"], "oct": ["normal", "drusen"]},
        VECTORS,
        10.0,
    )
    assert found.concepts == ("glaucoma", "normal", "drusen") and found.rows == tuple(rows)
    likely = 1 / (1 + np.exp(-2))
    expected = [[1 - likely, np.nan, np.nan], [np.nan, 1 - likely, likely], [likely, np.nan, np.nan]]
    np.testing.assert_allclose(found.probability, expected, atol=1e-6)
    assert found.refused == ("", "", "")


def test_predict_accounts_for_every_row_it_cannot_judge():
    rows = [Row("a", "cfp"), Row("b", "cfp"), Row("c", "fa"), Row("d", "cfp")]
    nan = float("nan")
    table = embeddings(rows, [[nan, nan], [0.6, 0.8], [1, 0], [nan, 1]], ["too dark", "", "", ""])
    found = predict(table, {"cfp": ["glaucoma"]}, VECTORS, 10.0)
    assert found.refused == (
        "too dark",
        "",
        "No label is asked of fa images.",
        "The model's vector of this image is not finite.",
    )
    assert np.isnan(found.probability[:, 0]).tolist() == [True, False, True, True]


def test_predict_takes_no_image_of_a_modality_as_no_rows():
    found = predict(embeddings([Row("a", "cfp")], [[0.6, 0.8]]), {"oct": ["drusen"], "cfp": ["glaucoma"]}, VECTORS, 1.0)
    assert np.isnan(found.probability[0]).tolist() == [True, False]


def test_predict_needs_no_width_where_every_row_is_refused():
    found = predict(embeddings([Row("a", "cfp")], [[float("nan")]], ["gone"]), {"cfp": ["glaucoma"]}, VECTORS, 10.0)
    assert (found.refused, np.isnan(found.probability).all()) == (("gone",), True)
