"""The golden eye notes are what their README says: form, ids, and no answer against itself."""

import json
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from mmfundus.knowledge import concepts as knowledge

NOTES = Path(__file__).with_name("notes")
LISTS = ["present", "absent", "uncertain", "history"]
KEYS = {"id", "kind", "eye", "icd10", "note", "gold", "refused", "identifiers", "comment"}
RECORDS = [json.loads(line) for file in sorted(NOTES.glob("*.jsonl")) for line in file.open(encoding="utf-8")]
EYES = [(record["id"], record["gold"][eye]) for record in RECORDS for eye in "RL"]


def labels(record: dict) -> list[str]:
    return [name for eye in "RL" for name in chain.from_iterable(record["gold"][eye].values())]


def test_every_line_has_its_form() -> None:
    assert len(RECORDS) > 250
    for record in RECORDS:
        assert set(record) <= KEYS
        assert list(record["gold"]) == ["R", "L"]
        assert all(list(record["gold"][eye]) == LISTS for eye in "RL")
        assert record.get("eye", "R") in "RL"
        assert record["note"].strip()


@pytest.mark.parametrize(
    ("name", "notes"),
    [("dev", 282), ("heldout", 283), ("unseen", 222), ("denials", 224), ("unseen2", 266), ("unseen3", 256)],
)
def test_every_set_is_as_long_as_its_table_says(name: str, notes: int) -> None:
    assert len((NOTES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()) == notes


def test_no_note_differs_from_another_in_case_and_spaces_alone() -> None:
    assert [
        note for note, count in Counter("".join(r["note"].lower().split()) for r in RECORDS).items() if count > 1
    ] == []


@pytest.mark.parametrize("key", ["id", "note"])
def test_nothing_stands_twice(key: str) -> None:
    assert len({record[key] for record in RECORDS}) == len(RECORDS)


def test_a_concept_has_one_answer_in_an_eye() -> None:
    counts = [(name, Counter(chain.from_iterable(gold.values()))) for name, gold in EYES]
    assert [name for name, count in counts if count and max(count.values()) > 1] == []


def test_an_empty_answer_is_refused_or_explained() -> None:
    assert [r["id"] for r in RECORDS if r["refused"] and labels(r)] == []
    assert [r["id"] for r in RECORDS if not (r["refused"] or labels(r) or r.get("comment"))] == []


def test_identifiers_stand_in_their_note() -> None:
    assert [r["id"] for r in RECORDS if any(text not in r["note"] for text in r.get("identifiers", []))] == []


@pytest.mark.skipif("irma" not in knowledge.concepts(), reason="the dictionary has not grown yet")
def test_answers_agree_with_the_dictionary() -> None:
    known = set(knowledge.concepts())
    assert {name for record in RECORDS for name in labels(record)} - known == set()
    assert {name: knowledge.conflict(gold["present"], gold["absent"]) for name, gold in EYES} == dict.fromkeys(
        (name for name, _ in EYES), ""
    )
