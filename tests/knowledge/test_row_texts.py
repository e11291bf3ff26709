import math

from hypothesis import given
from hypothesis import strategies as st

from mmfundus import plugins
from mmfundus.knowledge.concepts import concepts
from mmfundus.knowledge.row_texts import caption_choices, captions
from mmfundus.types import Row


def row(*present: str, absent: tuple[str, ...] = (), modality: str = "cfp") -> Row:
    return Row("x.jpg", modality, present=present, absent=absent)


def test_a_grade_says_what_it_is_by_definition_on_each_scale_that_it_belongs_to() -> None:
    named = "a colour fundus photograph showing mild non-proliferative diabetic retinopathy"
    assert f"{named}: microaneurysms and nothing else" in captions(row("mild_npdr"))
    assert not any("microaneurysms and nothing else" in text for text in captions(row("mild_npdr", modality="fa")))
    assert not any(":" in text for text in captions(row("glaucoma")))


def test_a_concept_that_several_levels_share_is_given_the_words_of_none() -> None:
    assert not any("a few haemorrhages" in text for text in captions(row("moderate_npdr")))


def test_kinds_are_drawn_in_their_shares_however_many_texts_they_have() -> None:
    found = dict(caption_choices(row("mild_npdr", absent=("glaucoma",))))
    assert math.isclose(sum(w for text, w in found.items() if "typically seen as" in text), 0.2)
    assert math.isclose(sum(w for text, w in found.items() if "without glaucoma" in text), 0.1)
    assert math.isclose(sum(w for text, w in found.items() if ": microaneurysms" in text), 0.1)


def test_the_shares_of_kinds_that_a_row_lacks_go_to_the_others() -> None:
    found = dict(caption_choices(row("glaucoma")))
    assert math.isclose(sum(w for text, w in found.items() if "typically seen as" in text), 0.2 / 0.8)


ids = st.sets(st.sampled_from(sorted(concepts())), max_size=4).map(tuple)


@given(st.sampled_from(plugins.names("mmfundus.modalities")), ids, ids)
def test_the_choices_are_the_captions_with_weights_that_add_up(
    modality: str, present: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    given_row = row(*present, absent=absent, modality=modality)
    found = caption_choices(given_row)
    assert tuple(text for text, _ in found) == captions(given_row)
    assert math.isclose(sum(weight for _, weight in found), 1.0)
    assert all(weight > 0 for _, weight in found)
