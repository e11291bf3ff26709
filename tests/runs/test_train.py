"""`train` as a user calls it, on a model directory and real images; the model export is test_finish.py's matter."""

import json

import pytest

from mmfundus.data import manifest, sample
from mmfundus.train import finish
from mmfundus.types import Row

RECIPE = """
from mmfundus.train.config import Config

def recipe():
    return Config(manifest={manifest!r}, root={root!r}, model={model!r}, epochs=1, batch=4, losses={losses!r})
"""


@pytest.fixture
def recipe(tiny_model_folder, tmp_path, monkeypatch):
    """Eight images and one that is gone, as a recipe of one's own."""
    monkeypatch.setattr(finish, "write_model", lambda run, card: None)
    whole = sample.manifest()
    rows = [row for split in ("train", "val") for row in whole.split(split) if row.modality == "cfp"][:8]
    manifest.write([*rows, Row("gone.jpg", "cfp", "gone", present=("normal",))], tmp_path / "m.csv")

    def write(name="own.py", losses=None):
        told = {"manifest": str(tmp_path / "m.csv"), "root": str(whole.root), "model": str(tiny_model_folder)}
        (tmp_path / name).write_text(RECIPE.format(**told, losses=losses or {"soft_labels": 1.0}))
        return tmp_path / name

    return write


def test_a_run_is_a_folder_and_what_was_refused_is_named(call, recipe, tmp_path):
    done = call("train", recipe(), "--out", tmp_path / "run", "--lr", "1e-4")
    assert done.code == 1
    assert "refused: gone.jpg: There is no file 'gone.jpg'." in done.err
    assert done.out.startswith("3 steps on 9 images; ")
    assert {"config.json", "metrics.jsonl", "latest", "best", "report.html"} <= {
        path.name for path in (tmp_path / "run").iterdir()
    }
    assert json.loads((tmp_path / "run" / "config.json").read_text())["lr"] == 1e-4


def test_the_same_command_goes_on_and_another_does_not(call, recipe, tmp_path):
    call("train", recipe(), "--out", tmp_path / "run")
    before = (tmp_path / "run" / "metrics.jsonl").read_text()
    again = call("train", recipe(), "--out", tmp_path / "run")
    assert again.out.startswith("3 steps on 9 images; ")
    steps = [line for line in before.splitlines() if '"step"' in line and '"loss"' in line]
    assert [line for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines() if '"loss"' in line] == steps
    other = call("train", recipe(), "--out", tmp_path / "run", "--batch", "2")
    assert (other.code, other.out) == (2, "")
    assert "holds a run with batch 4, not 2." in other.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--lr", "-1"], "lr is -1.0; it must be 0 or a positive number."),
        (["--lr", "nan"], "lr is nan; it must be 0 or a positive number."),
        (["--batch", "0"], "batch is 0; it must be at least 1."),
        (["--seed", "-1"], "seed is -1"),
        (["--learning-rate", "1"], "--learning-rate"),
        (["--batch", "many"], "many"),
        (["--model", "no-such-model"], "There is no model directory or open_clip model named 'no-such-model'."),
        (["--model", "runs/gone"], "'runs/gone'"),
        (["--manifest", "gone.csv"], "There is no table at 'gone.csv'."),
    ],
)
def test_a_wrong_field_leaves_nothing_behind(call, recipe, tmp_path, options, words):
    done = call("train", recipe(), "--out", tmp_path / "run", *options)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert not (tmp_path / "run").exists()


def test_a_wrong_recipe_leaves_nothing_behind(call, recipe, tmp_path):
    (tmp_path / "raises.py").write_text("raise ValueError('boom')\n")
    (tmp_path / "torn.py").write_text("def recipe(:\n")
    wrong = {
        tmp_path / "raises.py": "raises.py cannot be run: ValueError: boom.",
        tmp_path / "torn.py": "torn.py cannot be run: SyntaxError",
        recipe("loss.py", {"clipp": 1.0}): "There is no loss named 'clipp'. Did you mean 'clip'?",
        recipe("weight.py", {"clip": -1.0}): "The loss clip has the weight -1.0",
        tmp_path / "m.csv": "m.csv is no recipe",
        tmp_path / "gone.py": "There is no recipe named",
    }
    for path, words in wrong.items():
        done = call("train", path, "--out", tmp_path / "run")
        assert (done.code, done.out) == (2, "")
        assert words in done.err
    assert not (tmp_path / "run").exists()


def test_a_folder_of_something_else_is_left_as_it_is(call, recipe, tmp_path):
    path, before = recipe(), sorted(tmp_path.iterdir())
    done = call("train", path, "--out", tmp_path)
    assert done.code == 2
    assert "is not empty and holds no run" in done.err
    assert sorted(tmp_path.iterdir()) == before
