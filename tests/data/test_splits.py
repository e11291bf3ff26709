from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmfundus.data.splits import SPLITS, patient_key, split_by_patient
from mmfundus.errors import UsageError
from mmfundus.types import Row


def cohort() -> list[Row]:
    """120 patients of 1 to 3 images; one concept in a tenth of them, one in a half."""
    rows = []
    for p in range(120):
        present = (("brvo",) if p % 10 == 0 else ()) + (("glaucoma",) if p % 2 else ())
        for i in range(p % 3 + 1):
            rows.append(Row(f"{p}-{i}.jpg", "fa" if p % 4 == 0 else "cfp", patient=f"p{p}", present=present))
    return rows


def test_a_patient_stays_together_and_concepts_are_spread() -> None:
    rows = cohort()
    parts = {"train": 0.6, "val": 0.2, "test": 0.2}
    dealt = split_by_patient(rows, parts, seed=3)
    assert [row.image for row in dealt] == [row.image for row in rows]
    assert all(len({r.split for r in dealt if r.patient == p}) == 1 for p in {r.patient for r in rows})
    for trait in ("brvo", "glaucoma"):
        total = sum(trait in row.present for row in rows)
        for split, part in parts.items():
            assert abs(sum(trait in r.present for r in dealt if r.split == split) - part * total) <= 2.5
    sizes = Counter(row.split for row in dealt)
    assert all(abs(sizes[split] - part * len(rows)) <= 4 for split, part in parts.items())


def test_the_split_depends_on_seed_and_rows_alone() -> None:
    rows, parts = cohort(), {"train": 0.5, "test": 0.5}
    first = {row.image: row.split for row in split_by_patient(rows, parts, seed=1)}
    assert first == {row.image: row.split for row in split_by_patient(rows[::-1], parts, seed=1)}
    assert first != {row.image: row.split for row in split_by_patient(rows, parts, seed=2)}


def test_a_patient_typed_in_two_ways_is_one() -> None:
    rows = [Row(f"{i}.jpg", "cfp", patient=p) for i, p in enumerate(["A 1", "a1", "A1 ", "b", "c", "d"])]
    dealt = split_by_patient(rows, {"train": 0.5, "test": 0.5}, seed=0)
    assert len({row.split for row in dealt[:3]}) == 1
    assert Counter(row.split for row in dealt) == {"train": 3, "test": 3}


def test_a_split_of_no_share_gets_nothing() -> None:
    dealt = split_by_patient(cohort(), {"train": 1.0, "val": 0.0}, seed=0)
    assert {row.split for row in dealt} == {"train"}


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"train": 0.5, "tset": 0.5}, "There is no split 'tset'"),
        ({"train": 0.5, "test": 0.4}, "add up to 0.9"),
        ({"train": 1.5, "test": -0.5}, "must be 0 or more"),
    ],
)
def test_refuses_fractions_that_cannot_be_meant(parts: dict[str, float], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        split_by_patient(cohort(), parts, seed=0)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["pdr", "brvo", "drusen"])), max_size=30),
    st.integers(0, 99),
)
def test_no_patient_is_ever_divided(drawn: list[tuple[int, str]], seed: int) -> None:
    rows = [Row(f"{i}.jpg", "cfp", patient=f"p{p}", present=(concept,)) for i, (p, concept) in enumerate(drawn)]
    dealt = split_by_patient(rows, {"train": 0.5, "val": 0.2, "test": 0.3}, seed)
    sides: dict[str, set[str]] = {}
    for row in dealt:
        sides.setdefault(patient_key(row), set()).add(row.split)
    assert all(len(side) == 1 and side <= set(SPLITS) for side in sides.values())
