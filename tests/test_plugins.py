from pathlib import Path

import pytest

from mmfundus import plugins
from mmfundus.errors import UnknownName


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "made_plugins"
    folder.mkdir()
    (folder / "__init__.py").write_text("KIND = 'fruit'\n")
    for name in ("pear", "apple", "_shared"):
        (folder / f"{name}.py").write_text(f"NAME = {name!r}\n")
    monkeypatch.syspath_prepend(tmp_path)
    return "made_plugins"


def test_a_file_is_a_plugin_and_an_underscore_hides_it(package: str) -> None:
    assert plugins.names(package) == ("apple", "pear")
    assert plugins.load(package, "pear").NAME == "pear"


@pytest.mark.parametrize("name", ["plum", "_shared", "", "pear.x", "../pear"])
def test_another_name_is_refused_with_the_choices(package: str, name: str) -> None:
    with pytest.raises(UnknownName, match=r"There is no fruit named .* The choices are: apple, pear\."):
        plugins.load(package, name)


def test_the_plugins_of_the_contract_are_there() -> None:
    assert {"cfp", "uwf", "oct", "fa"} <= set(plugins.names("mmfundus.modalities"))
    assert {"clip", "soft_labels"} <= set(plugins.names("mmfundus.losses"))
