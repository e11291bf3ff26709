"""Two real processes give the gradient of one; a share of a batch is a share of its order."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmfundus.tensors import Batch
from mmfundus.train.distributed import World

SCRIPT = """
import json, os, sys
import torch
from torch.nn.parallel import DistributedDataParallel
from mmfundus import plugins
from mmfundus.tensors import Batch, Features
from mmfundus.train import distributed, step

NAMES = sys.argv[2].split(",")


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
    tokens = torch.randint(0, 9, (7, 4), generator=random)
    labels = torch.randint(0, 2, (7, 3), generator=random).float()
    names = [str(row) for row in range(7)]
    return Batch(pixels[rows], tokens[rows], labels[rows], tuple("aabcdef"[r] for r in rows),
                 tuple("0011223"[r] for r in rows), ("R",) * len(rows), tuple("cfp oct".split()[r % 2] for r in rows),
                 tuple(names[r] for r in rows))


with distributed.world("cpu") as world:
    model = Tower()
    if world.size > 1:
        model = DistributedDataParallel(model)
    losses = {name: plugins.load("mmfundus.losses", name).loss for name in NAMES}
    chunk = int(sys.argv[3])
    total = step.backward(model, batch_of(world.mine(range(7))), losses, dict.fromkeys(NAMES, 1.0), chunk)
    known = distributed.gather_batch(batch_of(world.mine(range(7))))
    if world.leads:
        inner = model.module if world.size > 1 else model
        grads = {name: p.grad.flatten().tolist() for name, p in inner.named_parameters()}
        open(sys.argv[1], "w").write(json.dumps({"loss": total.item(), "images": known.images, "grads": grads}))
"""


def run(folder: Path, ranks: int, losses: str, chunk: int) -> dict:
    script, found = folder / "script.py", folder / f"{ranks}-{chunk}.json"
    script.write_text(SCRIPT)
    launch = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}"] if ranks > 1 else []
    command = [sys.executable, *launch, str(script), str(found), losses, str(chunk)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(found.read_text())


def test_two_ranks_give_the_gradient_of_one(tmp_path):
    losses = "clip,soft_labels"
    alone, together, pieces = run(tmp_path, 1, losses, 0), run(tmp_path, 2, losses, 0), run(tmp_path, 2, losses, 2)
    for other in (together, pieces):
        assert other["images"] == alone["images"] == [str(i) for i in range(7)]
        assert other["loss"] == pytest.approx(alone["loss"], abs=1e-6)
        for name, expected in alone["grads"].items():
            assert other["grads"][name] == pytest.approx(expected, abs=1e-6), name


@given(st.integers(0, 100), st.integers(1, 9))
def test_shares_are_the_batch_in_order(n, size):
    shares = [World(rank, size, torch.device("cpu")).mine(range(n)) for rank in range(size)]
    assert [item for share in shares for item in share] == list(range(n))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_alone_nothing_is_gathered():
    from mmfundus.train import distributed

    batch = Batch(
        pixels=torch.zeros(1, 2, 2, 3, dtype=torch.uint8), tokens=torch.zeros(1, 1, dtype=torch.int64),
        labels=torch.zeros(1, 1), texts=("a",), patient=("p",), eye=("",), modality=("cfp",), images=("i",),
    )  # fmt: skip
    assert distributed.gather_batch(batch) is batch
