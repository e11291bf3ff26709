from mmfundus.knowledge.redaction._words import Words


def words_of(note):
    return {word.text: word for word in Words(note).all}


def test_words_end_before_a_genitive_and_units_are_none():
    assert list(words_of("O'Neil's eye, 55F, SMITH-jones")) == ["O'Neil", "eye", "SMITH-jones"]


def test_unknown_is_what_no_list_and_no_small_word_of_the_note_holds():
    note = "Quixley saw Retina and Lamp; the lamp. Charles Bonnet. NPDR. OD"
    words = Words(note)
    assert [word.text for word in words.all if words.unknown(word)] == ["Quixley"]


def test_a_name_goes_on_over_initials_and_particles_but_not_over_a_stop():
    words = Words("J. van Quixley Zamboni. Vexley")
    cut = words.following(0, words.titled)
    assert words.note[cut.start : cut.end] == "J. van Quixley Zamboni"
    assert words.following(4, words.titled).start == words.note.index("Vexley")


def test_a_name_before_a_position_takes_commas_and_initials():
    note = "OD QUIXLEY, ZED T"
    cut = Words(note).preceding(len(note), lambda word: len(word.text) > 2)
    assert note[cut.start : cut.end] == "QUIXLEY, ZED T"
    assert Words(note).preceding(4, lambda word: True) is None
