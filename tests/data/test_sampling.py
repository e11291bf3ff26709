"""The account of every epoch is exact; groups are drawn evenly; the images of an eye share a batch."""

from collections import Counter, defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mmfundus.data import sampling
from mmfundus.types import Row

SEED = st.integers(0, 5)
BATCH = st.integers(1, 12)


def row_of(i, modality="cfp", patient="", eye="", present=(), source=None):
    return Row(f"{i}.jpg", modality, patient, eye, present=present, extra={} if source is None else {"source": source})


def rows_of_sources(sizes):
    """Sources a, b, ... of these sizes."""
    names = "".join(name * n for name, n in zip("abcdefgh", sizes, strict=False))
    return [row_of(i, source=name) for i, name in enumerate(names)]


def rows_of_eyes(eyes):
    """For each eye, how many images it has in cfp, oct and fa."""
    kinds = [(p, kind) for p, images in enumerate(eyes) for kind, n in images.items() for _ in range(n)]
    return [row_of(i, kind, f"patient {p}", "R") for i, (p, kind) in enumerate(kinds)]


def one_image_each(*kinds):
    return dict.fromkeys(kinds, 1)


ANY_FIELDS = st.lists(
    st.tuples(
        st.sampled_from(["cfp", "oct", "fa"]),
        st.sampled_from(["", "p", "q", "r"]),
        st.sampled_from(["R", "L", ""]),
        st.sampled_from([(), ("drusen",), ("pdr", "diabetic_retinopathy"), ("drusen", "pdr")]),
        st.sampled_from([None, "a", "b"]),
    ),
    max_size=60,
)


# ---- without balance or pairs --------------------------------------------------------------------------


@given(st.integers(1, 200), st.integers(1, 50), SEED, SEED)
def test_plain_order_is_one_permutation_of_seed_and_epoch(n, batch, seed, epoch):
    """Kept word by word: another order would be another run."""
    order = sampling.epoch_order([row_of(i) for i in range(n)], seed, epoch, "none", False, batch)
    parts = np.array_split(np.random.default_rng([seed, epoch]).permutation(n), sampling.steps(n, batch))
    assert order == [part.tolist() for part in parts]


@given(ANY_FIELDS, SEED, SEED, st.sampled_from(["none", "source", "concept"]), st.booleans(), BATCH)
def test_every_epoch_has_as_many_draws_as_rows_in_batches_of_nearly_equal_size(
    fields, seed, epoch, balance, pairs, batch
):
    rows = [row_of(i, *told) for i, told in enumerate(fields)]
    order = sampling.epoch_order(rows, seed, epoch, balance, pairs, batch)
    drawn = sampling.account(order, rows)
    assert drawn.sum() == len(rows)
    assert len(order) == sampling.steps(len(rows), batch)
    if balance == "none":
        assert (drawn == 1).all()
    if rows:
        sizes = [len(part) for part in order]
        assert max(sizes) <= batch
        assert max(sizes) - min(sizes) <= 1
    assert order == sampling.epoch_order(list(rows), seed, epoch, balance, pairs, batch)


def test_the_order_depends_on_seed_and_epoch():
    rows = rows_of_sources((40, 10))
    for balance in ("none", "source"):
        orders = {str(sampling.epoch_order(rows, s, e, balance, True, 8)) for s in (0, 1) for e in (0, 1)}
        assert len(orders) == 4


def test_the_account_counts_draws():
    rows = [row_of(i) for i in range(4)]
    assert sampling.account([[0, 1], [1, 3]], rows).tolist() == [1, 2, 0, 1]
    assert sampling.account([], rows).tolist() == [0, 0, 0, 0]


# ---- balance -------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), SEED, st.integers(1, 6))
def test_sources_and_their_rows_are_drawn_evenly_over_epochs(sizes, seed, epochs):
    rows = rows_of_sources(sizes)
    drawn = sum(sampling.account(sampling.epoch_order(rows, seed, e, "source", False, 8), rows) for e in range(epochs))
    of_source = [drawn[[row.extra["source"] == name for row in rows]] for name in "abcdef"[: len(sizes)]]
    totals = [part.sum() for part in of_source]
    assert max(totals) - min(totals) <= 1
    assert all(part.max() - part.min() <= 1 for part in of_source)


def test_a_large_source_is_spread_over_epochs_and_a_small_one_repeats():
    rows = rows_of_sources((90, 10))
    first, second = (sampling.account(sampling.epoch_order(rows, 0, e, "source", False, 10), rows) for e in (0, 1))
    assert sorted(first[:90].tolist()) == [0] * 40 + [1] * 50
    assert first[10 * 9 :].tolist() == [5] * 10
    assert (first + second)[:90].min() == 1


def test_many_epochs_go_on_without_a_seam():
    """A source of more rows than a chapter, taken up at an epoch far on, from its number alone."""
    rows = rows_of_sources((1500, 3))
    drawn = sum(
        sampling.account(sampling.epoch_order(rows, 0, e, "source", False, 64), rows) for e in range(1000, 1002)
    )
    assert drawn[:1500].sum() == 1503
    assert drawn[:1500].max() == 2  # the end of one shuffle and the start of the next
    assert (drawn[1500:] == 501).all()


def test_each_shuffle_of_a_large_source_is_another():
    """Two thirds of it are drawn in epoch 0, from its first shuffle, and in epoch 3, from its third."""
    rows = rows_of_sources((3000, 1000))
    first, third = (sampling.account(sampling.epoch_order(rows, 0, e, "source", False, 64), rows) for e in (0, 3))
    assert first[:3000].sum() == third[:3000].sum() == 2000
    assert first[:3000].tolist() != third[:3000].tolist()


def test_concepts_are_the_narrowest_and_a_row_takes_part_in_each_of_its_own():
    present = {
        0: ("diabetic_retinopathy", "pdr"),  # proliferative retinopathy alone: the wider one says no more
        1: ("diabetic_retinopathy",),
        2: ("drusen", "glaucoma"),
        3: ("drusen",),
        4: (),
    }
    rows = [row_of(i, present=concepts) for i, concepts in present.items()]
    drawn = sum(sampling.account(sampling.epoch_order(rows, 0, e, "concept", False, 5), rows) for e in range(2))
    # Ten draws, two for each of: nothing known, diabetic_retinopathy, drusen, glaucoma, pdr.
    assert drawn.tolist() == [2, 2, 3, 1, 2]


# ---- pairs ---------------------------------------------------------------------------------------------


def eyes_by_batch(order, rows):
    """Eye -> batch -> its images there, by modality."""
    found = defaultdict(lambda: defaultdict(Counter))
    for number, part in enumerate(order):
        for i in part:
            found[rows[i].patient, rows[i].eye][number][rows[i].modality] += 1
    return found


EYES = st.lists(
    st.sets(st.sampled_from(["cfp", "oct", "fa"]), min_size=1).map(sorted).map(lambda kinds: one_image_each(*kinds)),
    min_size=1,
    max_size=40,
)


@given(EYES, BATCH, SEED)
def test_an_eye_is_divided_only_where_too_few_others_are_there_to_fill_up(eyes, batch, seed):
    rows = rows_of_eyes(eyes)
    order = sampling.epoch_order(rows, seed, 0, "none", True, batch)
    divided = sum(len(homes) > 1 for homes in eyes_by_batch(order, rows).values())
    most = max(map(len, eyes))
    assert divided <= (most - 1) * len(order)
    if sum(len(kinds) == 1 for kinds in eyes) >= most * len(order):
        assert divided == 0


@given(st.lists(st.fixed_dictionaries({"cfp": st.integers(0, 4), "oct": st.integers(0, 4)}), max_size=20), BATCH, SEED)
def test_as_many_pairs_as_can_be_come_together(eyes, batch, seed):
    rows = rows_of_eyes(eyes)
    order = sampling.epoch_order(rows, seed, 0, "none", True, batch)
    together = sum(
        min(kinds["cfp"], kinds["oct"]) for homes in eyes_by_batch(order, rows).values() for kinds in homes.values()
    )
    assert together >= sum(min(eye["cfp"], eye["oct"]) for eye in eyes) - len(order)


def test_the_sets_of_an_eye_go_to_different_batches():
    rows = rows_of_eyes([{"cfp": 3, "oct": 3}] + [{"cfp": 1}] * 74)
    homes = eyes_by_batch(sampling.epoch_order(rows, 0, 0, "none", True, 8), rows)["patient 0", "R"]
    assert [dict(kinds) for kinds in homes.values()] == [{"cfp": 1, "oct": 1}] * 3


def test_pairs_are_spread_over_all_batches_and_dealt_anew_in_each_epoch():
    rows = rows_of_eyes([one_image_each("cfp", "oct")] * 20 + [{"cfp": 1}] * 40)
    with_eye_0 = set()
    for epoch in range(20):
        order = sampling.epoch_order(rows, 0, epoch, "none", True, 8)
        pairs = Counter(
            next(iter(h)) for h in eyes_by_batch(order, rows).values() if sum(map(Counter.total, h.values())) > 1
        )
        assert sorted(pairs.values()) == [2] * 10
        with_eye_0 |= {rows[i].patient for part in order if 0 in part for i in part if i < 40}
    assert len(with_eye_0) > 10  # of 20 eyes with a pair, one beside it in each of 20 epochs


def test_images_are_paired_anew_in_each_epoch():
    rows = rows_of_eyes([{"cfp": 2, "oct": 2}] + [{"cfp": 1}] * 60)
    partners = set()
    for epoch in range(20):
        order = sampling.epoch_order(rows, 0, epoch, "none", True, 8)
        partners |= {i for part in order if 0 in part for i in part if i in (2, 3)}
    assert partners == {2, 3}


def test_images_without_patient_are_nobodys_pair():
    """Twenty photographs and twenty scans of nobody known: no eye is made of them."""
    rows = [row_of(i, kind, eye="R") for i, kind in enumerate(["cfp", "oct"] * 20)]
    plain = sampling.epoch_order(rows, 0, 0, "none", False, 8)
    assert [sorted(part) for part in sampling.epoch_order(rows, 0, 0, "none", True, 8)] == list(map(sorted, plain))


def test_a_patient_typed_in_two_ways_is_one():
    rows = [row_of(0, "cfp", "P 1", "R"), row_of(1, "oct", "p1", "R"), *(row_of(i) for i in range(2, 40))]
    for epoch in range(10):
        assert any({0, 1} <= set(part) for part in sampling.epoch_order(rows, 0, epoch, "none", True, 4))


def test_a_balanced_epoch_still_draws_an_eyes_images_together():
    """Of the large source 120 of 200 images are drawn: they are 60 whole eyes, each in one batch."""
    eyes = rows_of_eyes([one_image_each("cfp", "oct")] * 100)
    rows = [row_of(i, row.modality, row.patient, row.eye, source="a") for i, row in enumerate(eyes)]
    rows += [row_of(i, source="b") for i in range(200, 240)]
    order = sampling.epoch_order(rows, 0, 0, "source", True, 16)
    assert sum({2 * p, 2 * p + 1} <= set(part) for part in order for p in range(100)) == 60
