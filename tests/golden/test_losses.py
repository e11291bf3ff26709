"""The first losses of a fixed run, kept: whatever is meant to move no number must not move these.

They depend on the images' preparation, augmentation and order, on the words, the towers, the
losses and the optimiser. A change that is meant to move them puts the new numbers of the failing
assertion into losses.json, and CHANGELOG.md says why.
"""

import json
from pathlib import Path

import pytest

from mmfundus.data import manifest, sample
from mmfundus.train import finish, log, loop, start
from mmfundus.train.config import Config

GOLDEN = json.loads(Path(__file__).with_name("losses.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", GOLDEN)
def test_the_losses_are_those_of_before(name, tiny_clip, tmp_path, monkeypatch):
    monkeypatch.setattr(start, "model_of", lambda config: tiny_clip())
    monkeypatch.setattr(finish, "write_model", lambda run, card: None)
    whole = sample.manifest()
    rows = [row for m in ("cfp", "oct", "fa", "slo") for row in whole.split("train") if row.modality == m]
    manifest.write(rows[::6], tmp_path / "m.csv")
    config = Config(
        manifest=str(tmp_path / "m.csv"), root=str(whole.root), losses={name: 1.0}, epochs=1, batch=4, warmup=1,
        lr=1e-4, lr_new=1e-4, schedule="constant", extra_aug=True,
    )  # fmt: skip
    loop.train(config, tmp_path / "run")
    events = [event for event in log.read(tmp_path / "run" / "metrics.jsonl") if event["event"] == "step"]
    assert [event["loss"] for event in events] == pytest.approx(GOLDEN[name], rel=1e-5)
