"""A real training run of seconds, in processes of its own that can be killed."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmfundus.data import manifest
from mmfundus.train import checkpoint, log
from mmfundus.types import Row

# The command line as it is, but for the ONNX export at the end, which takes seconds and is test_finish.py's
# matter; and the leader writes down which images each step learned from.
DRIVER = """
import sys
from mmfundus.train import finish, loop

finish.write_model = lambda run, card: None
note = loop._note

def noted(run, batch, learned, rate):
    if run.world.leads and learned is not None:
        with open(run.out / "images.txt", "a") as file:
            file.write(f"{run.progress.step} {' '.join(learned[0].known.images)}\\n")
    note(run, batch, learned, rate)

loop._note = noted
if __name__ == "__main__":
    from mmfundus.cli import main
    sys.exit(main())
"""

RECIPE = """
from mmfundus.train.config import Config

def recipe():
    return Config(manifest={manifest!r}, model={model!r}, epochs=16, batch=8, lr=1e-3, lr_new=1e-2, warmup=2, ema=0.9,
                  losses={{"soft_labels": 1.0, "clip": 0.5}}, checkpoint_every=1, evaluate_every=16)
"""


@dataclass(frozen=True)
class Trainer:
    """Calls of `mmfundus train` on one recipe, as processes."""

    folder: Path

    def start(self, out: str, *options: str, ranks: int = 1, **told: object) -> subprocess.Popen[str]:
        """Begin or go on with a run."""
        launch = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}"] if ranks > 1 else []
        command = [
            sys.executable,
            *launch,
            "driver.py",
            "train",
            "recipe.py",
            "--out",
            out,
            "--device",
            "cpu",
            *options,
        ]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            **told,
        )

    def run(self, out: str, *options: str, ranks: int = 1, code: int = 0) -> str:
        """A whole run; what it said on stderr."""
        process = self.start(out, *options, ranks=ranks)
        _, said = process.communicate(timeout=300)
        assert process.returncode == code, said[-3000:]
        assert "Traceback" not in said or ranks > 1  # torchrun prints its own
        return said

    def steps(self, out: str) -> list[dict]:
        """The steps that were logged."""
        return [event for event in log.read(self.folder / out / "metrics.jsonl") if event["event"] == "step"]

    def images(self, out: str) -> dict[int, list[str]]:
        """Which images each step learned from, as last done."""
        lines = (self.folder / out / "images.txt").read_text().splitlines()
        return {int(line.split()[0]): line.split()[1:] for line in lines}

    def reached(self, out: str, step: int, process: subprocess.Popen[str]) -> bool:
        """Wait until a step is logged; False where the run ended before."""
        while process.poll() is None:
            if (found := self.steps(out)) and found[-1]["step"] >= step:
                return True
            time.sleep(0.01)
        return False

    def state(self, out: str) -> tuple[int, dict]:
        """Step and tensors of the newest checkpoint."""
        found = checkpoint.read(self.folder / out / "latest", lambda sentence: None)
        assert found is not None
        return found[0]["step"], found[1]

    def same(self, out: str, other: str) -> None:
        """Two runs ended with the same bits and logged the same steps."""
        (step, ours), (their_step, theirs) = self.state(out), self.state(other)
        assert step == their_step
        assert ours.keys() == theirs.keys()
        assert [name for name in ours if not ours[name].equal(theirs[name])] == []
        assert self.steps(out) == self.steps(other)


@pytest.fixture(scope="session")
def trainer(tmp_path_factory: pytest.TempPathFactory, tiny_model_folder: Path) -> Trainer:
    """Thirty pictures, bright = drusen and dark = normal, and one that cannot be read."""
    folder = tmp_path_factory.mktemp("training")
    random, rows = np.random.default_rng(0), []
    for i in range(30):
        pixels = random.integers(0, 60, (40, 40, 3), dtype=np.uint8) + (150 if i % 2 else 20)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{i}.png")
        stated = ("drusen",) if i % 2 else ("normal",)
        rows.append(Row(f"{i}.png", "oct", patient=f"p{i}", present=stated, split="train" if i < 24 else "val"))
    (folder / "broken.png").write_bytes(b"no picture")
    rows.append(Row("broken.png", "oct", patient="pb", present=("drusen",)))
    manifest.write(rows, folder / "manifest.csv")
    (folder / "driver.py").write_text(DRIVER)
    (folder / "recipe.py").write_text(RECIPE.format(manifest="manifest.csv", model=str(tiny_model_folder)))
    return Trainer(folder)


@pytest.fixture(scope="session")
def undisturbed(trainer: Trainer) -> str:
    """A run from its first step to its last in one process."""
    trainer.run("undisturbed", code=1)  # one image is refused, which is named
    return "undisturbed"
