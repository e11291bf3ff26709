"""From a run to a model directory that reads as the best weights do: one real export for all of it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from mmfundus.errors import BrokenModel
from mmfundus.knowledge.concepts import concepts
from mmfundus.models import graphs, trained
from mmfundus.models.reader import open_reader
from mmfundus.report.card import card
from mmfundus.train import checkpoint, finish, loop, start
from mmfundus.train.watch import Validation


def test_the_directory_holds_the_best_weights_and_their_story(config, tmp_path):
    out = tmp_path / "run"
    summary = loop.train(config, out, card=card)
    _, tensors = checkpoint.read(out / "best", pytest.fail)
    weights = graphs.load(out / "model").state_dict()
    assert all(torch.equal(weights[name], tensors[f"model/{name}"]) for name in weights)

    reader = open_reader(str(out / "model"))
    assert (reader.name, reader.trained_on, reader.concepts) == ("run", ("oct",), {"oct": ("drusen", "normal")})
    told = json.loads((out / "model" / "model.json").read_text())["training"]
    assert (told["images"], told["refused"], told["patients"], told["step"]) == (13, 1, 13, summary.best_step)
    assert (told["watched"], told["validation"]) == ("macro_auroc", summary.best)
    assert told["config"] == config.numbers() | {"manifest": "manifest.csv"}  # no folder of this machine
    known = trained.of_directory(out / "model")
    assert (known.name, len(known.prints)) == (told["manifest"], 16)  # of training and validation, but the refused
    assert {one.split for one in known.prints} == {"train", "val"}
    written = (out / "model" / "card.md").read_text(encoding="utf-8")
    assert "drusen" in written
    assert str(tmp_path) not in written  # a card is passed on to others

    grey = np.stack([np.full((32, 32, 3), value, np.uint8) for value in (20, 200)])
    np.testing.assert_allclose(np.linalg.norm(reader.images(grey), axis=1), 1, atol=1e-5)


def test_adapters_and_means_become_plain_weights(config, tmp_path, monkeypatch, tiny_clip):
    """The best are judged as means with adapters; what a reader gets gives the same vectors without either."""
    saved, judged = [], []
    monkeypatch.setattr(graphs, "save", lambda model, folder, **told: saved.append((model, told["info"])))
    pixels = torch.randint(0, 256, (2, 32, 32, 3), dtype=torch.uint8)
    score = Validation.score

    def seen(self, model):
        with torch.no_grad():
            judged.append(model.eval().image(pixels))
        return score(self, model)

    monkeypatch.setattr(Validation, "score", seen)
    summary = loop.train(replace(config, lora_rank=2, ema=0.5, evaluate_every=4), tmp_path / "run")
    ((model, info),) = saved
    assert model.state_dict().keys() == tiny_clip().state_dict().keys()
    with torch.no_grad():
        torch.testing.assert_close(model.eval().image(pixels), judged[summary.best_step // 4], rtol=0, atol=1e-5)
    assert summary.best_step > 0
    assert info["training"]["step"] == summary.best_step


def test_fingerprints_can_be_left_out(config, tmp_path, monkeypatch):
    left = []

    def save(model, folder, *, also, **told):
        also(tmp_path)
        left.append((tmp_path / "fingerprints.parquet").exists())

    monkeypatch.setattr(graphs, "save", save)
    loop.train(replace(config, fingerprints=False), tmp_path / "run")
    assert left == [False]


def test_a_run_without_a_best_checkpoint_makes_no_model(config, tmp_path, alone):
    run = start.begin(config, tmp_path / "run", alone)
    with pytest.raises(BrokenModel, match="run has no best checkpoint"):
        finish.write_model(run, card)
    assert not (tmp_path / "run" / "model").exists()


def test_what_was_stated_is_counted_by_modality_and_split(config, tmp_path, alone):
    run = start.begin(config, tmp_path / "run", alone)
    assert finish.counts(run) == [
        {"modality": "oct", "split": "train", "images": 13, "patients": 13},
        {"modality": "oct", "split": "val", "images": 4, "patients": 4},
    ]
    found = {(line["concept"], line["split"]): (line["present"], line["absent"]) for line in finish.concept_counts(run)}
    assert found == {
        ("drusen", "train"): (7, 0), ("drusen", "val"): (2, 0),
        ("normal", "train"): (6, 0), ("normal", "val"): (2, 0),
    }  # fmt: skip


def test_every_concept_of_every_modality_is_sealed():
    book = finish.book()
    assert {m: set(asked) for m, asked in book.items()} == {
        m: {c.id for c in concepts().values() if m in c.modalities} for m in book
    }
    assert all(sum(weight for _, weight in asked) == pytest.approx(1) for m in book.values() for asked in m.values())
