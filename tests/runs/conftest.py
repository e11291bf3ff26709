"""Real training runs: a scene of two dozen small pictures, and processes that train on it and may be killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmfundus.data import manifest, sharding
from mmfundus.types import Row

PROGRAM = Path(__file__).with_name("program.py")
ENVIRONMENT = {"OMP_NUM_THREADS": "1"}
LOSSES = '{"clip": 1.0, "soft_labels": 0.5}'
RECIPE = """
from mmfundus.train.config import Config

def recipe():
    return Config(
        manifest={manifest!r}, model={model!r}, epochs=8, batch=4, chunk=3, ema=0.9, lr=1e-3, lr_new=1e-2, warmup=2,
        losses={losses}, extra_aug=True, checkpoint_every=1, evaluate_every=15,
    )
"""


@dataclass(frozen=True)
class Scene:
    """A folder with recipe.py, manifest.csv and shards/: 20 rows to learn from, of which one cannot be read, and 4
    to be judged on."""

    folder: Path

    def train(self, out: Path, *options: object, losses: str = LOSSES) -> list[str]:
        """What is told to the command line; which losses there are is said in a recipe alone."""
        recipe = self.folder / "recipe.py"
        if losses != LOSSES:
            recipe = out.with_suffix(".py")
            recipe.write_text((self.folder / "recipe.py").read_text().replace(LOSSES, losses))
        return ["train", str(recipe), "--out", str(out), *map(str, options)]


class Forks:
    """Processes of program.py that begin within a second."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, str(PROGRAM)],
            env=os.environ | ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._alive: set[int] = set()

    def ask(self, call: object) -> int:
        assert self._server.stdin and self._server.stdout
        self._server.stdin.write(json.dumps(call) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def start(self, told: list[str], said: Path, ranks: int = 1, limit: int = 0, poison: str = "") -> list[int]:
        """A process a rank. What they say on stderr is added to the file `said`; `limit`: bytes a file may have."""
        environment = {"POISON": poison} if poison else {}
        if ranks > 1:
            environment |= {"WORLD_SIZE": str(ranks), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
        call = {"told": told, "said": str(said), "limit": limit}
        pids = [
            self.ask(call | {"environment": environment | ({"RANK": str(rank)} if ranks > 1 else {})})
            for rank in range(ranks)
        ]
        self._alive |= set(pids)
        return pids

    def end(self, pids: list[int]) -> list[int]:
        """Wait for processes; their exit codes, negative for a signal."""
        codes = [self.ask(pid) for pid in pids]
        self._alive -= set(pids)
        return codes

    def run(self, told: list[str], said: Path, **more: int | str) -> list[int]:
        """Go through to the end."""
        return self.end(self.start(told, said, **more))

    def close(self) -> None:
        for pid in self._alive:
            os.kill(pid, signal.SIGKILL)
        self._server.kill()
        self._server.wait()


class Processes:
    """The same of whole processes: `python -m mmfundus`, or torchrun with several of them."""

    def __init__(self) -> None:
        self._alive: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, told: list[str], said: Path, ranks: int = 1, more: tuple[str, ...] = ()) -> list[int]:
        """One process: that of torchrun where there are several ranks, with `more` told to it."""
        launch = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}", *more, "-m", "mmfundus"]
        with open(said, "ab") as error, open(f"{said}.out", "ab") as out:
            command = [sys.executable, *(launch if ranks > 1 else ["-m", "mmfundus"]), *told]
            process = subprocess.Popen(
                command, env=os.environ | ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=out, stderr=error
            )
        self._alive[process.pid] = process
        return [process.pid]

    def end(self, pids: list[int]) -> list[int]:
        return [self._alive.pop(pid).wait(timeout=500) for pid in pids]

    def run(self, told: list[str], said: Path, **more: int) -> list[int]:
        return self.end(self.start(told, said, **more))

    def close(self) -> None:
        for process in self._alive.values():
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    forks = Forks()
    yield forks
    forks.close()


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    processes = Processes()
    yield processes
    processes.close()


@pytest.fixture(scope="session")
def until() -> Callable[[Callable[[], object]], None]:
    """Wait for something to happen."""

    def wait(condition: Callable[[], object], seconds: float = 300) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen"
            time.sleep(0.002)

    return wait


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory, tiny_model_folder: Path) -> Scene:
    """Bright = drusen and dark = normal, in two modalities of the same eyes."""
    folder, random = tmp_path_factory.mktemp("scene"), np.random.default_rng(0)
    rows = []
    for i in range(24):
        drusen, eye = i % 4 < 2, i // 2
        pixels = random.integers(0, 60, (40, 40, 3), dtype=np.uint8) + (150 if drusen else 20)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{i}.png")
        present, split = ("drusen",) if drusen else ("normal",), "train" if i < 20 else "val"
        rows.append(Row(f"{i}.png", ("cfp", "oct")[i % 2], f"p{eye}", "R", present=present, split=split))
    (folder / "7.png").write_bytes(b"no picture")
    table = folder / "manifest.csv"
    manifest.write(rows, table)
    sharding.write(manifest.read(table), folder / "shards", size=32, per_shard=5)
    (folder / "recipe.py").write_text(RECIPE.format(manifest=str(table), model=str(tiny_model_folder), losses=LOSSES))
    return Scene(folder)
