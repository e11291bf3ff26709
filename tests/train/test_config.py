"""What a run may be told, by a shipped recipe or a file of one's own, and the sentence where that fails."""

import json

import pytest

from mmfundus.errors import UnknownName, UsageError
from mmfundus.train import config
from mmfundus.train.config import Config

NAN = float("nan")


@pytest.mark.parametrize("name", config.recipes())
def test_every_shipped_recipe_gives_a_configuration(name):
    assert isinstance(config.load(name), Config)


def test_the_programs_beside_the_recipes_are_no_recipes():
    assert "demo" in config.recipes()
    assert "sample" not in config.recipes()


def test_a_recipe_of_ones_own_is_a_file(tmp_path):
    path = tmp_path / "own.py"
    path.write_text("from mmfundus.train.config import Config\n\ndef recipe():\n    return Config(lr=3e-4)\n")
    assert config.load(str(path)) == Config(lr=3e-4)


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
        config.load(str(tmp_path / name))


def test_an_unknown_recipe_lists_the_shipped_ones(tmp_path):
    for name in ("dmeo", str(tmp_path)):
        with pytest.raises(UnknownName, match=r"no recipe named .* The choices are: .*demo"):
            config.load(name)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, value) for name in ("epochs", "batch", "checkpoint_every") for value in (0, -1)),
        *((name, -1) for name in ("size", "warmup", "seed", "workers")),
        *((name, v) for name in ("lr", "lr_new", "weight_decay", "clip_norm") for v in (-0.1, NAN, float("inf"))),
        *(("betas", value) for value in ((1.0, 0.9), (0.9, -0.1), (NAN, 0.9))),
        *(("losses", value) for value in ({}, {"clip": -1.0}, {"clip": NAN}, {"nope": 1.0})),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_name(field, value):
    with pytest.raises(UsageError, match="loss" if field == "losses" else field):
        Config(**{field: value})


def test_the_numbers_are_strict_json_and_leave_out_what_changes_no_number():
    numbers = Config(betas=(0.9, 0.95), losses={"clip": 0.5}).numbers()
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers
    assert (numbers["betas"], numbers["losses"]) == ([0.9, 0.95], {"clip": 0.5})
    assert Config(workers=0).numbers() == Config(workers=4).numbers()
