"""Two real processes give the gradient of one; a share of a batch is a share of its order."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmfundus.errors import UsageError
from mmfundus.tensors import Batch
from mmfundus.train import distributed
from mmfundus.train.distributed import World

SCRIPT = """
import json, sys
import torch
from torch.nn.parallel import DistributedDataParallel
from mmfundus import plugins
from mmfundus.tensors import Batch, Features
from mmfundus.train import adapt, distributed, step
from mmfundus.types import Refusal

WEIGHTS = dict.fromkeys(("clip", "soft_labels", "siglip", "cross_modal"), 1.0)
TEXTS = "aabcdea"


class Tower(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.image, self.text = torch.nn.Linear(12, 6), torch.nn.Linear(4, 6)
        self.log_scale = torch.nn.Parameter(torch.tensor(1.0))

    def forward(self, pixels, tokens):
        unit = torch.nn.functional.normalize
        image = unit(self.image(pixels.flatten(1).float() / 255), dim=-1)
        return Features(image, unit(self.text(tokens.float()), dim=-1), self.log_scale.exp())


def batch_of(rows):
    random = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (7, 2, 2, 3), dtype=torch.uint8, generator=random)
    words = dict(zip("abcde", torch.randint(0, 9, (5, 4), generator=random)))
    labels = torch.randint(0, 2, (7, 3), generator=random).float()
    texts = tuple(TEXTS[r] for r in rows)
    distinct = [words[text] for text in dict.fromkeys(texts)]
    return Batch(pixels[rows], torch.stack(distinct) if distinct else torch.zeros(0, 4, dtype=torch.int64),
                 labels[rows], texts, tuple("0011223"[r] for r in rows), ("R",) * len(rows),
                 tuple("cfp oct".split()[r % 2] for r in rows), tuple(str(r) for r in rows),
                 tuple(Refusal(f"not {r}", "gone") for r in rows[:1]))


def gradient(world, pieces, first):
    model = Tower() if world.size == 1 else DistributedDataParallel(Tower())
    rows = list(range(7))
    mine = world.mine(rows) if first is None or world.size == 1 else rows[:first] if world.leads else rows[first:]
    outcome = step.backward(model, batch_of(mine), losses, WEIGHTS, pieces, hold=adapt.holding(model))
    inner = model if world.size == 1 else model.module
    return {"loss": outcome.total.item(), "images": outcome.known.images, "image": outcome.features.image.tolist(),
            "refused": [item.item for item in outcome.known.refused],
            "grads": {name: p.grad.flatten().tolist() for name, p in inner.named_parameters()}}


with distributed.world("cpu") as world:
    losses = {name: plugins.load("mmfundus.losses", name).loss for name in WEIGHTS}
    told = {way: gradient(world, *told) for way, told in json.loads(sys.argv[2]).items()}
    told["shared"] = [distributed.everyones(world.rank), distributed.leaders(world.rank),
                      distributed.any_ranks(world.rank == 1)]
    told["empty"] = step.backward(Tower(), batch_of([]), losses, WEIGHTS) is None
    if world.rank == world.size - 1:
        open(sys.argv[1], "w").write(json.dumps(told))
"""
# Way -> in how many pieces, and how many of the samples the first rank has; None for an equal share.
WAYS = {"equal": (1, None), "pieces": (2, None), "none on the last": (1, 7), "one on the first": (3, 1)}


def run(folder: Path, ranks: int) -> dict:
    """What the last rank has."""
    script, found = folder / "script.py", folder / f"{ranks}.json"
    script.write_text(SCRIPT)
    launch = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}"] if ranks > 1 else []
    command = [sys.executable, *launch, str(script), str(found), json.dumps(WAYS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(found.read_text())


def test_two_ranks_give_the_gradient_of_one(tmp_path):
    alone, both = run(tmp_path, 1), run(tmp_path, 2)
    assert (alone["shared"], alone["empty"]) == ([[0], 0, False], True)
    assert (both["shared"], both["empty"]) == ([[0, 1], 0, True], True)
    expected = alone["equal"]
    for way, (_, first) in WAYS.items():
        other = both[way]
        assert other["images"] == expected["images"] == [str(i) for i in range(7)], way
        assert other["refused"] == ["not 0", *{None: ["not 4"], 1: ["not 1"], 7: []}[first]], way
        assert other["loss"] == pytest.approx(expected["loss"], abs=1e-6), way
        for mine, theirs in zip(other["image"], expected["image"], strict=True):
            assert mine == pytest.approx(theirs, abs=1e-6), way
        for name, gradient in expected["grads"].items():
            assert other["grads"][name] == pytest.approx(gradient, abs=1e-6), (way, name)


@given(st.integers(0, 100), st.integers(1, 9))
def test_shares_are_the_batch_in_order(n, size):
    shares = [World(rank, size, torch.device("cpu")).mine(range(n)) for rank in range(size)]
    assert [item for share in shares for item in share] == list(range(n))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_alone_nothing_is_gathered():
    batch = Batch(
        pixels=torch.zeros(1, 2, 2, 3, dtype=torch.uint8), tokens=torch.zeros(1, 1, dtype=torch.int64),
        labels=torch.zeros(1, 1), texts=("a",), patient=("p",), eye=("",), modality=("cfp",), images=("i",),
    )  # fmt: skip
    assert distributed.gather_batch(batch) is batch
    assert (distributed.everyones(3), distributed.leaders(3), distributed.any_ranks(False)) == ([3], 3, False)


def test_a_process_by_itself_is_its_own_leader():
    with distributed.world("cpu") as world:
        assert world == World(0, 1, torch.device("cpu"))
        assert world.leads
        assert not distributed.together()


@pytest.mark.parametrize(("device", "words"), [("gpu", "no device named 'gpu'"), ("cuda:0", "torch finds no GPU here")])
def test_a_device_that_is_not_there_is_a_wrong_call(monkeypatch, device, words):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match=words), distributed.world(device):
        pytest.fail("it began")


def test_after_a_restart_nothing_is_read_that_an_earlier_attempt_left(monkeypatch):
    """torchrun's store lives on: an address kept in it leads to a process that is gone."""
    kept, seen = torch.distributed.HashStore(), {}

    class Begun(Exception):
        pass

    def begin(backend, *, store, **more):
        seen["store"] = store
        raise Begun

    monkeypatch.setattr(distributed, "rendezvous", lambda *asked, **more: iter([(kept, 0, 2)]))
    monkeypatch.setattr(distributed, "Heartbeat", lambda *given: SimpleNamespace(start=lambda: None))
    monkeypatch.setattr(distributed.dist, "init_process_group", begin)
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "2")):
        monkeypatch.setenv(name, value)
    for attempt in ("0", "1"):
        monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", attempt)
        with pytest.raises(Begun), distributed.world("cpu"):
            pytest.fail("it began")
        assert not seen["store"].check(["address"])
        seen["store"].set("address", attempt)
