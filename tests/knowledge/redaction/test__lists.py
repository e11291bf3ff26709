import re

from mmfundus.knowledge.redaction import _lists


def test_lists_hold_small_letters_once():
    for name, text in _lists.file().items():
        if name != "version":
            entries = [" ".join(entry.split()) for entry in text.split(",")]
            assert all(entry and entry == entry.lower() for entry in entries if name != "streets_short"), name
            assert sorted(entries) == sorted(set(entries)), name


def test_known_words_are_known_in_any_number_and_spelling():
    for word in ("Haemorrhages", "hemorrhage", "Best", "LESIONS", "Spectralis", "Impression"):
        assert _lists.is_known(word)
    assert not _lists.is_known("Quixley")


def test_no_given_name_is_a_word_of_the_knowledge_base():
    assert [name for name in _lists.listed("given") if _lists.is_known(name)] == []


def test_phrases_match_the_longest_first_over_any_blank():
    found = re.match(_lists.phrases("before_names"), "baby  boy Smith")
    assert found[0] == "baby  boy"
