"""How a run begins: what is refused leaves nothing behind, and what is there is gone on with."""

import json
from dataclasses import replace

import pytest
import torch

from mmfundus.data import manifest
from mmfundus.errors import ManifestError, UsageError
from mmfundus.train import start
from mmfundus.train.config import Config


@pytest.fixture
def out(tmp_path):
    return tmp_path / "run"


def test_a_run_knows_its_rows_and_steps(config, out):
    run = start.begin(config, out)
    assert (len(run.rows), len(run.validation.rows), run.concepts) == (13, 4, ("drusen", "normal"))
    assert (run.steps_per_epoch, run.steps) == (4, 12)
    assert json.loads((out / "config.json").read_text()) == config.numbers()
    assert (run.progress.step, run.progress.best) == (0, None)


def test_the_same_seed_begins_with_the_same_weights(config, out, tmp_path):
    ours, theirs = (start.begin(config, place).model.state_dict() for place in (out, tmp_path / "other"))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_another_configuration_does_not_go_on_with_a_run(config, out):
    start.begin(config, out)
    with pytest.raises(UsageError, match=r"holds a run with lr 0\.001, not 5e-05"):
        start.begin(replace(config, lr=5e-5), out)
    assert json.loads((out / "config.json").read_text())["lr"] == 1e-3
    start.begin(replace(config, workers=2), out)  # changes no number


def test_a_folder_of_something_else_is_not_written_to(config, tmp_path):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UsageError, match="holds no run"):
        start.begin(config, tmp_path)
    assert sorted(tmp_path.iterdir()) == before


def test_an_empty_folder_may_be_used(config, out):
    out.mkdir()
    assert start.begin(config, out).steps == 12


def test_without_training_rows_nothing_is_written(config, out, tmp_path):
    manifest.write(manifest.read(tmp_path / "manifest.csv").split("val"), tmp_path / "val.csv")
    with pytest.raises(UsageError, match=r"val\.csv has no row of split train"):
        start.begin(replace(config, manifest=str(tmp_path / "val.csv")), out)
    assert not out.exists()


def test_a_call_that_cannot_begin_leaves_nothing_behind(config, out, tmp_path, monkeypatch):
    (tmp_path / "broken.csv").write_text("image\na.png\n")
    with pytest.raises(ManifestError, match="no column 'modality'"):
        start.begin(replace(config, manifest=str(tmp_path / "broken.csv")), out)
    monkeypatch.undo()  # the real models again
    with pytest.raises(UsageError, match="no-such-model"):
        start.begin(replace(config, model="no-such-model"), out)
    assert not out.exists()


def test_a_model_directory_can_be_gone_on_from(tiny_model_folder, tiny_clip, config, monkeypatch):
    monkeypatch.undo()
    model = start.model_of(replace(config, model=str(tiny_model_folder)))
    theirs = tiny_clip().state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in model.state_dict().items())


def test_a_model_directory_keeps_its_picture_side(tiny_model_folder):
    side = start.model_of(Config(model=str(tiny_model_folder))).size
    with pytest.raises(UsageError, match=rf"size is {side + 32}, but 'tiny' takes {side} pixels"):
        start.model_of(Config(model=str(tiny_model_folder), size=side + 32))
