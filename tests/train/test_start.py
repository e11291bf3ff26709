"""How a run begins: what is refused leaves nothing behind, and what is there is gone on with."""

import json
from dataclasses import replace
from itertools import chain

import pytest
import torch

from mmfundus.data import manifest, sharding
from mmfundus.errors import BrokenModel, ManifestError, UsageError
from mmfundus.train import adapt, checkpoint, log, start, state
from mmfundus.train.config import Config
from mmfundus.train.distributed import World


@pytest.fixture
def out(tmp_path):
    return tmp_path / "run"


def test_a_run_knows_its_rows_and_steps(config, out, alone):
    run = start.begin(config, out, alone)
    assert (len(run.rows), len(run.validation.rows), run.validation.concepts) == (13, 4, ("drusen", "normal"))
    assert (run.steps_per_epoch, run.steps) == (4, 12)
    assert json.loads((out / "config.json").read_text()) == config.numbers()
    assert (run.progress.step, run.progress.best) == (0, None)


def test_the_same_seed_begins_with_the_same_weights(config, out, tmp_path, alone):
    ours, theirs = (start.begin(config, place, alone).model.state_dict() for place in (out, tmp_path / "other"))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_another_configuration_does_not_go_on_with_a_run(config, out, alone):
    start.begin(config, out, alone)
    with pytest.raises(UsageError, match=r"holds a run with lr 0\.001, not 5e-05"):
        start.begin(replace(config, lr=5e-5), out, alone)
    assert json.loads((out / "config.json").read_text())["lr"] == 1e-3
    start.begin(replace(config, workers=2, keep=5, checkpoint_every=1, device="cpu"), out, alone)  # changes no number


def test_a_folder_of_something_else_is_not_written_to(config, tmp_path, alone):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UsageError, match="holds no run"):
        start.begin(config, tmp_path, alone)
    assert sorted(tmp_path.iterdir()) == before


def test_an_empty_folder_may_be_used(config, out, alone):
    out.mkdir()
    assert start.begin(config, out, alone).steps == 12


def test_without_training_rows_nothing_is_written(config, out, tmp_path, alone):
    manifest.write(manifest.read(tmp_path / "manifest.csv").split("val"), tmp_path / "val.csv")
    with pytest.raises(UsageError, match=r"val\.csv has no row of split train"):
        start.begin(replace(config, manifest=str(tmp_path / "val.csv")), out, alone)
    assert not out.exists()


def test_a_call_that_cannot_begin_leaves_nothing_behind(config, out, tmp_path, monkeypatch, alone):
    (tmp_path / "broken.csv").write_text("image\na.png\n")
    with pytest.raises(ManifestError, match="no column 'modality'"):
        start.begin(replace(config, manifest=str(tmp_path / "broken.csv")), out, alone)
    with pytest.raises(UsageError, match="batch is 4 for 5 ranks"):
        start.begin(config, out, replace(alone, size=5))
    with monkeypatch.context() as patch, pytest.raises(UsageError, match="no block of linear layers"):
        patch.setattr(adapt, "block_of", lambda name: "")
        start.begin(replace(config, lora_rank=2), out, alone)
    monkeypatch.undo()  # the real models again
    with pytest.raises(UsageError, match="no-such-model"):
        start.begin(replace(config, model="no-such-model"), out, alone)
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


def test_a_longer_context_and_the_sigmoid_losss_bias_are_given_before_training(tiny_model_folder):
    plain = start.model_of(Config(model=str(tiny_model_folder)))
    model = start.model_of(Config(model=str(tiny_model_folder), context=60, losses={"siglip": 1.0}))
    assert (plain.tokens.context, model.tokens.context) == (48, 60)
    assert plain.clip.logit_bias is None
    assert model.clip.logit_bias.item() == -10


# ---- the pictures --------------------------------------------------------------------------------------


def test_pictures_come_from_shards_where_they_are_given(config, tmp_path):
    table = manifest.read(tmp_path / "manifest.csv")
    sharding.write(table, tmp_path / "shards", size=32)
    read = start.pictures(replace(config, shards=str(tmp_path / "shards")), table, 32)
    expected = start.pictures(config, table, 32)(table.rows[3])
    (tmp_path / table.rows[3].image).unlink()
    assert (read(table.rows[3]) == expected).all()


def test_shards_of_another_size_or_of_other_rows_are_refused_before_the_run(config, out, tmp_path, alone):
    table = manifest.read(tmp_path / "manifest.csv")
    sharding.write(table, tmp_path / "large", size=48)
    with pytest.raises(UsageError, match="pictures of 48 pixels, but the model takes 32"):
        start.begin(replace(config, shards=str(tmp_path / "large")), out, alone)
    sharding.write(replace(table, rows=table.rows[1:]), tmp_path / "fewer", size=32)
    with pytest.raises(UsageError, match=r"have no image '0\.png'"):
        start.begin(replace(config, shards=str(tmp_path / "fewer")), out, alone)
    assert not out.exists()


# ---- what comes, and what is taken up ------------------------------------------------------------------


def test_what_comes_from_any_step_on_is_the_rest_of_what_comes(config, out, alone):
    run = start.begin(config, out, alone)
    whole = list(run.coming())
    assert len(whole) == run.steps
    assert sorted(place.row for place in chain(*whole[:4])) == list(range(13))
    assert [{place.epoch for place in at} for at in whole] == [{epoch} for epoch in range(3) for _ in range(4)]
    for done in (1, 4, 7, 11, 12):
        run.progress.step = done
        assert list(run.coming()) == whole[done:]


def test_ranks_share_what_comes_in_order(config, out, tmp_path, alone):
    whole = list(start.begin(config, out, alone).coming())
    run = start.begin(config, tmp_path / "ranks", alone)
    shares = []
    for rank in range(3):
        run.world = World(rank, 3, alone.device)
        shares.append(list(run.coming()))
    assert [list(chain(*parts)) for parts in zip(*shares, strict=True)] == whole
    assert run.pieces == 1


@pytest.mark.parametrize(
    ("batch", "ranks", "chunk", "pieces"), [(4, 1, 0, 1), (4, 1, 3, 2), (5, 2, 1, 3), (4, 2, 9, 1)]
)
def test_every_rank_embeds_in_as_many_parts(config, out, alone, batch, ranks, chunk, pieces):
    run = start.begin(replace(config, batch=batch, chunk=chunk), out, alone)
    run.world = replace(alone, size=ranks)
    assert run.pieces == pieces


def test_what_was_saved_is_taken_up_in_full(config, out, alone):
    run = start.begin(replace(config, ema=0.5), out, alone)
    with torch.no_grad():
        for parameter in run.model.parameters():
            parameter.grad = torch.ones_like(parameter)
    run.optimizer.step()
    run.average.take(1)
    run.progress = start.Progress(3, 0.75, 2, 1, "", {"a.png": "gone"}, ["a.png"])
    saved = state.everything(run.model, run.optimizer, run.average)
    checkpoint.save(out / "latest", saved, run.progress.facts())
    for step in (0, 3, 4):
        run.log.write("step", step=step)
    again = start.begin(replace(config, ema=0.5), out, alone)
    assert again.progress == run.progress
    taken = state.everything(again.model, again.optimizer, again.average)
    assert taken.keys() == saved.keys()
    assert [name for name in saved if not torch.equal(saved[name], taken[name])] == []
    assert [event["step"] for event in log.read(out / "metrics.jsonl")] == [0, 3]


def test_a_damaged_checkpoint_is_told_by_the_leader_alone(config, out, alone, monkeypatch):
    run = start.begin(config, out, alone)
    tensors = state.everything(run.model, run.optimizer, None)
    for step in (1, 2):
        path = checkpoint.save(out / "latest", tensors, start.Progress(step).facts(), keep=2)
    path.write_bytes(path.read_bytes()[:-1])
    (out / "latest" / ".00000003.1.part").write_bytes(b"half")
    said = []
    assert start.begin(config, out, alone, said.append).progress.step == 1
    assert len(said) == 1
    assert f"latest/{path.name} is damaged" in said[0]
    assert not list((out / "latest").glob(".*.part"))
    monkeypatch.setattr(adapt, "spread", lambda model, config, world: model)
    assert start.begin(config, out, World(1, 2, alone.device), said.append).progress.step == 1
    assert len(said) == 1


def test_where_all_checkpoints_are_damaged_the_run_is_not_begun_anew(config, out, alone):
    run = start.begin(config, out, alone)
    path = checkpoint.save(out / "latest", state.weights(run.model), start.Progress(1).facts())
    path.write_bytes(b"")
    with pytest.raises(BrokenModel, match="Every checkpoint in 'latest' is damaged"):
        start.begin(config, out, alone, lambda sentence: None)
