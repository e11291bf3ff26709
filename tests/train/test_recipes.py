"""A recipe is a Python file, shipped or one's own, and the sentence where it gives no configuration."""

import pytest

from mmfundus.errors import UnknownName, UsageError
from mmfundus.train import recipes
from mmfundus.train.config import Config


@pytest.mark.parametrize("name", recipes.shipped())
def test_every_shipped_recipe_gives_a_configuration(name):
    assert isinstance(recipes.load(name), Config)


def test_the_programs_beside_the_recipes_are_no_recipes():
    assert "demo" in recipes.shipped()
    assert "sample" not in recipes.shipped()


def test_a_recipe_of_ones_own_is_a_file(tmp_path):
    path = tmp_path / "own.py"
    path.write_text("from mmfundus.train.config import Config\n\ndef recipe():\n    return Config(lr=3e-4)\n")
    assert recipes.load(str(path)) == Config(lr=3e-4)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("raises.py", b"raise ValueError('boom')", "raises.py cannot be run: ValueError: boom"),
        ("inside.py", b"def recipe():\n    return 1 / 0", "inside.py cannot be run: ZeroDivisionError"),
        ("syntax.py", b"def recipe(:", "syntax.py cannot be run: SyntaxError"),
        ("import.py", b"import no_such_library", "import.py cannot be run: ModuleNotFoundError"),
        ("binary.py", b"\xff\xfe\x00", "binary.py cannot be run"),
        ("empty.py", b"", r"needs a function recipe\(\) that returns a Config"),
        ("other.py", b"def recipe():\n    return {'lr': 1}", r"needs a function recipe\(\) that returns a Config"),
        ("number.py", b"recipe = 3", "number.py cannot be run: TypeError"),
        ("table.csv", b"image,modality\n", "table.csv is no recipe: a recipe is a Python file"),
        (
            "field.py",
            b"from mmfundus.train.config import Config\ndef recipe():\n    return Config(learning_rate=1)",
            "field.py cannot be run: .*unexpected keyword argument 'learning_rate'",
        ),
        (
            "loss.py",
            b"from mmfundus.train.config import Config\ndef recipe():\n    return Config(losses={'clipp': 1.0})",
            "There is no loss named 'clipp'. Did you mean 'clip'",
        ),
    ],
)
def test_a_file_that_gives_none_is_a_wrong_call(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=words):
        recipes.load(str(tmp_path / name))


def test_an_unknown_recipe_lists_the_shipped_ones(tmp_path):
    for name in ("dmeo", str(tmp_path)):
        with pytest.raises(UnknownName, match=r"no recipe named .* The choices are: .*demo"):
            recipes.load(name)
