"""A concept is found however its name is written, and nothing else is found."""

import re

from hypothesis import given
from hypothesis import strategies as st

from mmfundus.errors import AmbiguousName, UnknownName
from mmfundus.knowledge import concepts as knowledge

names = st.sampled_from([(c.id, name) for c in knowledge.concepts().values() for name in (*c.names, *c.aliases)])
SWAPS = [("aem", "em"), ("oed", "ed"), ("naev", "nev"), ("isation", "ization"), ("our", "or"), ("fibre", "fiber")]


@given(names, st.data())
def test_case_hyphens_spaces_and_spelling_do_not_matter(named: tuple[str, str], data: st.DataObject) -> None:
    wanted, name = named
    for british, american in data.draw(st.lists(st.sampled_from(SWAPS), max_size=3)):
        name = name.replace(british, american)
    separator = data.draw(st.sampled_from([" ", "-", "_", "  ", "–", "\n"]))
    cased = data.draw(st.sampled_from([str.upper, str.lower, str.title, str]))
    spaced = cased(name).replace(" ", separator)
    assert knowledge.find(f" {spaced} ").id == wanted


PREFIXES = (
    "arterio|chorio|epi|hyper|hypo|intra|macro|micro|neo|non|pan|papill|para|peri|post|pre|pseudo|retino|sub|vitreo"
)


@given(names, st.data())
def test_a_hyphen_behind_a_prefix_does_not_matter(named: tuple[str, str], data: st.DataObject) -> None:
    wanted, name = named
    split = re.sub(rf"\b({PREFIXES})(?!thel)(?=\w{{4}})", data.draw(st.sampled_from([r"\1-", r"\1 "])), name)
    assert knowledge.find(split).id == wanted


@given(names)
def test_a_plural_finds_its_singular(named: tuple[str, str]) -> None:
    wanted, name = named
    if len(name.split()[-1]) > 3 and not name.endswith(("s", "x", "y", "ch", "sh", "i", "u")):
        assert knowledge.find(f"{name}s").id == wanted


@given(st.text())
def test_any_text_is_a_concept_or_one_of_two_errors(text: str) -> None:
    meanings = knowledge.shipped().meanings(text)
    try:
        found = knowledge.find(text)
    except UnknownName as error:
        assert not meanings
        assert len(str(error)) < len(text) * 10 + 1000  # no wall of names
    except AmbiguousName:
        assert len(meanings) > 1
    else:
        assert found.id in meanings
