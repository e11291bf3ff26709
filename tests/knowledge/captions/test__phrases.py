"""Phrases of a table are found by their stems, the longest first."""

from mmfundus.knowledge.captions import _phrases


def test_the_longest_phrase_is_found(divided) -> None:
    note = divided("Optic discs pale, retinal vessels thin")
    found = _phrases.occurrences(note, 0, len(note.tokens), "parts", frozenset())
    assert [(one.first, one.last, set(one.names)) for one in found] == [(0, 2, {"disc"}), (4, 6, {"vessel"})]


def test_a_place_that_is_taken_belongs_to_no_phrase(divided) -> None:
    note = divided("Optic discs pale")
    found = _phrases.occurrences(note, 0, len(note.tokens), "parts", frozenset({0, 1}))
    assert found == []


def test_stems_of_a_phrase_are_american_and_singular() -> None:
    assert _phrases.stems("haemorrhages") == ("hemorrhage",)
