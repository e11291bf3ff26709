"""Which rows belong to one patient, and how patients are dealt to train, val and test."""

import math
import random
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from mmfundus.errors import UsageError
from mmfundus.types import Row

SPLITS = ("train", "val", "test")


def patient_key(row: Row) -> str:
    """What all rows of one patient share, however the id was typed: without case and spaces.

    An image that is its own patient keeps its exact path, for file names differ by case.
    """
    if row.patient == row.image:
        return row.image
    return "".join(unicodedata.normalize("NFKC", row.patient).split()).casefold()


def traits_of(row: Row) -> tuple[str, ...]:
    """What the splits are balanced over unless the caller says otherwise: modality and present concepts."""
    return (f"modality {row.modality}", *row.present)


def split_by_patient(
    rows: Sequence[Row],
    fractions: Mapping[str, float],
    seed: int,
    traits: Callable[[Row], Iterable[str]] = traits_of,
) -> tuple[Row, ...]:
    """The rows in their order with new splits: a patient's rows together, every trait spread by the fractions.

    Iterative stratification (Sechidis, Tsoumakas & Vlahavas, ECML PKDD 2011) with patients for
    examples: the rarest trait is dealt first, each patient to the split that still lacks most
    of it. The result depends on the rows and the seed alone, not on the rows' order.
    Raises UsageError for a split that does not exist or fractions that do not add up to 1.
    """
    _check(fractions)
    patients: defaultdict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        patients[patient_key(row)].append(i)
    counts = {patient: Counter(t for i in mine for t in traits(rows[i])) for patient, mine in patients.items()}
    order = sorted(patients)
    random.Random(seed).shuffle(order)  # noqa: S311 - dealing patients, not secrets
    order.sort(key=lambda patient: -len(patients[patient]))  # stable: the large ones while there is room
    sizes = {patient: len(patients[patient]) for patient in order}
    chosen = _deal(order, sizes, counts, {split: part for split, part in fractions.items() if part > 0})
    return tuple(replace(row, split=chosen[patient_key(row)]) for row in rows)


def _check(fractions: Mapping[str, float]) -> None:
    for name, part in fractions.items():
        if name not in SPLITS:
            raise UsageError(f"There is no split {name!r}. The splits are: {', '.join(SPLITS)}.")
        if not part >= 0:
            raise UsageError(f"The fraction of {name!r} is {part}; it must be 0 or more.")
    if not math.isclose(sum(fractions.values()), 1.0, abs_tol=1e-6):
        raise UsageError(f"The fractions of the splits add up to {sum(fractions.values()):g}; they must add up to 1.")


def _deal(
    order: Sequence[str],
    sizes: Mapping[str, int],
    counts: Mapping[str, Counter[str]],
    fractions: Mapping[str, float],
) -> dict[str, str]:
    """Patient -> split. `wanted[trait][split]` is how many rows the split still lacks of a trait."""
    holders: defaultdict[str, list[str]] = defaultdict(list)
    totals: Counter[str] = Counter()
    for patient in order:
        totals.update(counts[patient])
        for trait in counts[patient]:
            holders[trait].append(patient)
    wanted = {trait: {s: totals[trait] * part for s, part in fractions.items()} for trait in totals}
    room = {s: sum(sizes.values()) * part for s, part in fractions.items()}
    left = {trait: len(patients) for trait, patients in holders.items()}
    chosen: dict[str, str] = {}

    def give(patient: str, lacking: Mapping[str, float]) -> None:
        split = max(fractions, key=lambda s: (lacking[s], room[s], -SPLITS.index(s)))
        chosen[patient] = split
        room[split] -= sizes[patient]
        for trait, n in counts[patient].items():
            wanted[trait][split] -= n
            left[trait] -= 1

    while left := {trait: n for trait, n in left.items() if n}:
        rarest = min(left, key=lambda trait: (left[trait], trait))
        for patient in holders[rarest]:
            if patient not in chosen:
                give(patient, wanted[rarest])
    for patient in order:
        if patient not in chosen:
            give(patient, room)
    return chosen
