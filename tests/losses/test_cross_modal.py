"""Who is a positive, who a negative and who neither, by hand; and what that costs."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import normalize

from mmfundus.losses import cross_modal
from mmfundus.tensors import Batch, Features

HALF = cross_modal.SAME_PATIENT
CPU = torch.device("cpu")


def batch_of(rows):
    """Rows are (patient, eye, modality)."""
    n = len(rows)
    patient, eye, modality = zip(*rows, strict=True)
    return Batch(
        pixels=torch.zeros(n, 2, 2, 3, dtype=torch.uint8),
        tokens=torch.zeros(n, 1, dtype=torch.int64),
        labels=torch.full((n, 1), float("nan")),
        texts=("",) * n,
        patient=patient,
        eye=eye,
        modality=modality,
        images=tuple(f"{i}.jpg" for i in range(n)),
    )


def features_of(image, scale=1.0):
    return Features(image, torch.zeros_like(image), torch.tensor(scale))


def random_images(n, seed=0):
    return normalize(torch.randn(n, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)), dim=-1)


def cost(cosines, targets, scale):
    """Cross-entropy of one question, from the cosines of its pictures."""
    exponentials = [math.exp(scale * cosine) for cosine in cosines]
    return -sum(t * math.log(e / sum(exponentials)) for t, e in zip(targets, exponentials, strict=True))


@pytest.mark.parametrize(
    ("first", "second", "weight", "negative"),
    [
        (("p", "R", "cfp"), ("p", "R", "oct"), 1, False),
        (("P 1", "R", "cfp"), ("p1", "R", "oct"), 1, False),  # one patient, typed in two ways
        (("p", "R", "cfp"), ("p", "", "oct"), HALF, False),
        (("p", "", "cfp"), ("p", "", "oct"), HALF, False),
        (("p", "R", "cfp"), ("p", "L", "oct"), 0, False),
        (("p", "R", "cfp"), ("p", "R", "cfp"), 0, False),
        (("p", "R", "cfp"), ("q", "R", "oct"), 0, True),
        (("p", "R", "cfp"), ("q", "R", "cfp"), 0, False),
        (("", "R", "cfp"), ("", "R", "oct"), 0, True),  # without patient, each is its own
    ],
)
def test_what_a_pair_is(first, second, weight, negative):
    weights, negatives = cross_modal.pair_weights(batch_of([first, second]), CPU)
    assert weights.tolist() == [[0, weight], [weight, 0]]
    assert negatives.tolist() == [[False, negative], [negative, False]]


def test_two_eyes_in_two_modalities_by_hand():
    """Every image has one right and one wrong picture in the other modality: the CLIP loss between modalities."""
    image = random_images(4)
    rows = [("p", "R", "cfp"), ("p", "R", "oct"), ("q", "L", "cfp"), ("q", "L", "oct")]
    c = (image @ image.T).tolist()
    asked = [(0, 1, 3), (1, 0, 2), (2, 3, 1), (3, 2, 0)]  # image, right picture, wrong picture
    expected = sum(cost([c[i][right], c[i][wrong]], [1, 0], 5) for i, right, wrong in asked) / 4
    assert cross_modal.loss(features_of(image, 5.0), batch_of(rows)).item() == pytest.approx(expected)


def test_soft_targets_and_half_questions_by_hand():
    rows = [("p", "R", "cfp"), ("p", "R", "oct"), ("p", "", "oct"), ("p", "L", "oct"), ("q", "R", "oct")]
    image = random_images(5)
    c = (image @ image.T).tolist()
    questions = [
        cost([c[0][1], c[0][2], c[0][4]], [2 / 3, 1 / 3, 0], 2),  # the photograph of OCT; the other eye is left out
        cost([c[1][0]], [1], 2),  # the only photograph there is, so no choice
        HALF * cost([c[2][0]], [1], 2),
    ]
    assert cross_modal.loss(features_of(image, 2.0), batch_of(rows)).item() == pytest.approx(sum(questions) / 3)


def test_an_answer_by_an_eye_not_stated_counts_half():
    image = random_images(3)
    known, unknown = (
        cross_modal.loss(features_of(image), batch_of([("p", "R", "cfp"), ("p", eye, "oct"), ("q", "R", "oct")]))
        for eye in ("R", "")
    )
    assert known > 0
    assert unknown.item() == pytest.approx(HALF * known.item())


def test_modalities_are_asked_apart():
    """A wrong OCT does not stand among the angiograms: moving it changes nothing of what is asked of them."""
    rows = [("p", "R", "cfp"), ("p", "R", "fa"), ("q", "R", "fa"), ("r", "R", "oct")]
    image = random_images(4).requires_grad_()
    cross_modal.loss(features_of(image), batch_of(rows)).backward()
    assert image.grad[3].abs().max() == 0
    assert (image.grad[:3].abs().amax(1) > 0).all()


def test_who_is_left_out_gets_no_gradient():
    rows = [
        ("p", "R", "cfp"),
        ("p", "R", "oct"),
        ("q", "R", "oct"),
        ("p", "L", "oct"),  # the other eye: not pulled by the photograph, not pushed
        ("r", "R", "slo"),  # nobody's answer in a modality nobody is asked for
    ]
    image = random_images(5).requires_grad_()
    cross_modal.loss(features_of(image), batch_of(rows)).backward()
    assert (image.grad.abs().amax(1) > 0).tolist() == [True, True, True, False, False]


@pytest.mark.parametrize(
    "rows",
    [
        [("p", "R", "cfp")],
        [("p", "R", "cfp"), ("p", "R", "cfp")],
        [("p", "R", "cfp"), ("p", "L", "oct"), ("q", "R", "oct")],
    ],
)
def test_without_a_pair_it_is_zero_and_learns_nothing(rows):
    image = random_images(len(rows)).requires_grad_()
    loss = cross_modal.loss(features_of(image), batch_of(rows))
    loss.backward()
    assert loss.item() == 0
    assert image.grad.abs().max() == 0


def test_a_step_downhill_brings_an_eyes_images_together():
    rows = [(name, "R", kind) for name in "pqrs" for kind in ("cfp", "oct")]
    image = random_images(8).requires_grad_()
    before = cross_modal.loss(features_of(image, 10.0), batch_of(rows))
    before.backward()
    after = cross_modal.loss(features_of(normalize(image - 0.01 * image.grad, dim=-1), 10.0), batch_of(rows))
    assert after < before


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["p", "q", "r", ""]), st.sampled_from(["R", "L", ""]), st.sampled_from(["cfp", "oct", "fa"])
    ),
    min_size=1,
    max_size=12,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    image = random_images(len(rows)).requires_grad_()
    turned = random.sample(range(len(rows)), len(rows))
    loss = cross_modal.loss(features_of(image, 5.0), batch_of(rows))
    other = cross_modal.loss(features_of(image[turned], 5.0), batch_of([rows[i] for i in turned]))
    torch.testing.assert_close(loss, other)
    loss.backward()
    assert loss >= 0
    assert image.grad.isfinite().all()
