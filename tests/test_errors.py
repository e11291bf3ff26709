import re

import pytest

from mmfundus import errors
from mmfundus.errors import MissingExtra, MMFundusError, UnknownName, UsageError, WorkError


def tree(error: type, depth: int = 0) -> list[tuple[int, str]]:
    return [(depth, error.__name__), *(line for below in error.__subclasses__() for line in tree(below, depth + 1))]


def test_the_drawn_tree_is_the_tree() -> None:
    lines = re.findall(r"^ {4}([│├└─ ]*)(\w+) {2,}", errors.__doc__ or "", flags=re.MULTILINE)
    assert [(len(drawn) // 4, name) for drawn, name in lines] == tree(MMFundusError)


@pytest.mark.parametrize(("error", "code"), [(UsageError, 2), (WorkError, 1)])
def test_the_exit_codes_are_the_contracts(error: type[MMFundusError], code: int) -> None:
    assert {kind.exit_code for kind in (error, *error.__subclasses__())} == {code}


def test_an_unknown_name_lists_the_choices_and_the_closest() -> None:
    assert str(UnknownName("split", "tset", ["val", "train", "test"])) == (
        "There is no split named 'tset'. Did you mean 'test'? The choices are: test, train, val."
    )
    assert "Did you mean" not in str(UnknownName("split", "xyz", ["val", "train"]))


def test_of_very_many_choices_only_the_closest_are_named() -> None:
    many = [f"name_{i}" for i in range(300)]
    message = str(UnknownName("concept", "name_12x", many))
    assert message.startswith("There is no concept named 'name_12x'. Did you mean 'name_12")
    assert "There are 300 choices; also close: " in message
    assert len(message) < 200
    assert str(UnknownName("concept", "?", many)) == "There is no concept named '?'. There are 300 choices."


def test_a_missing_extra_names_the_install() -> None:
    assert str(MissingExtra("Training", "train")) == (
        "Training needs the optional install: pip install 'mmfundus[train]'."
    )
