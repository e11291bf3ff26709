"""Every help screen says what this software is not."""

import re

import pytest

from mmfundus import NOTICE
from mmfundus.cli import VERBS, main


def help_screen(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What `--help` prints, its lines and frames joined to running text."""
    try:
        code = main([*arguments, "--help"])
    except SystemExit as left:
        code = left.code
    assert not code
    return re.sub(r"[\s│╭╮╰╯─]+", " ", capsys.readouterr().out)


@pytest.mark.parametrize("arguments", [[], *([verb] for verb in VERBS)])
def test_the_help_says_research_software(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert NOTICE in help_screen(arguments, capsys)
