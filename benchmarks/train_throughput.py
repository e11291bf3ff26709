"""Images a second of training against open_clip_train, and how far from what the machine could do.

Both train the same open_clip model from random weights on the same images and captions, with the
same batch, rates and number of steps, in alternating runs of a process each. The peer runs in an
environment of its own, which is made where it is absent. Seconds are this machine's; the ratio
travels.

    python benchmarks/train_throughput.py --model ViT-B-32 --steps 8 --rounds 2
    python benchmarks/train_throughput.py --model RN50 --source files      ours reads the image files, too
    python benchmarks/train_throughput.py --photographs 32                 3000 x 2000 pixels, as cameras give them
    python benchmarks/train_throughput.py --manifest M.csv --root DIR      other images, captions from the table

The limit is an estimate from below: the floating-point operations of the towers' forward and backward
passes as PyTorch counts them, over the rate at which this machine multiplies large bf16 matrices.
"""

import argparse
import csv
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from shards import photographs

from mmfundus.data import manifest as manifests
from mmfundus.data import sample, sharding
from mmfundus.knowledge import prompts
from mmfundus.types import Manifest

PEER = "open_clip_torch[training]==3.3.0"
WARM = 3  # first steps, not counted
PREFETCH = 2  # the peer's batches that may be ready before it starts: PyTorch's default for a worker

OURS = """
import json, sys
from pathlib import Path
from mmfundus.train import finish, loop
from mmfundus.train.config import Config

asked = json.loads(sys.argv[1])
clocks = []
class Kept(loop.Clock):
    def __init__(self):
        super().__init__()
        clocks.append(self)
loop.Clock = Kept
loop._judge = loop._save = lambda run: None  # the peer neither judges nor saves within its steps
finish.write_model = lambda run, card: None
told = Kept.told
Kept.told = lambda self, batch: {}
loop.train(Config(**asked["config"]), Path(asked["out"]))
events = [json.loads(line) for line in open(Path(asked["out"]) / "metrics.jsonl")]
losses = [event["loss"] for event in events if event["event"] == "step"]
print(json.dumps({"seconds": clocks[0].steps, "waits": clocks[0].waits, "losses": losses}))
"""


def main() -> None:
    """Measure and print."""
    asked = arguments()
    python = peer_environment(asked.peer)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        table = images(asked, work)
        runs: dict[str, list[dict[str, list[float]]]] = {"peer": [], "ours": []}
        for number in range(asked.rounds):
            runs["peer"].append(run_peer(python, asked, work / f"peer{number}", work / "peer.csv"))
            runs["ours"].append(run_ours(asked, work / f"ours{number}", work, table))
            print(
                f"round {number + 1}: " + ", ".join(f"{name} {rate(one[-1], asked):.2f}" for name, one in runs.items())
            )
    rates = {name: statistics.median(rate(one, asked) for one in found) for name, found in runs.items()}
    print(
        f"{asked.model}, batch {asked.batch}, bf16, images a second: ours {rates['ours']:.2f}, open_clip_train "
        f"{rates['peer']:.2f}, ratio {rates['ours'] / rates['peer']:.2f}"
    )
    waits = [sum(one["waits"][WARM:]) / sum(one["seconds"][WARM:]) for one in runs["ours"]]
    print(f"ours waits for images {100 * statistics.median(waits):.1f} % of the time")
    for name, found in runs.items():
        print(f"losses of {name}: " + " ".join(f"{loss:.3f}" for loss in found[0]["losses"]))
    limit(asked, rates["ours"])


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="ViT-B-32", help="an open_clip architecture")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--source", choices=("shards", "files"), default="shards", help="where ours reads pictures")
    parser.add_argument("--workers", type=int, default=2, help="the peer's reading processes")
    parser.add_argument("--photographs", type=int, default=0, help="make so many of 3000 x 2000 pixels and use them")
    parser.add_argument("--manifest", default="sample")
    parser.add_argument("--root", default="")
    parser.add_argument("--peer", type=Path, default=Path(tempfile.gettempdir()) / "open_clip_train_env")
    return parser.parse_args()


def peer_environment(folder: Path) -> Path:
    """The Python of the peer's own environment, with the same torch as here."""
    python = folder / "bin" / "python"
    if not python.is_file():
        import torch
        import torchvision

        uv = Path(sys.executable).with_name("uv")
        same = [f"{library.__name__}=={library.__version__.split('+')[0]}" for library in (torch, torchvision)]
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, PEER, *same], check=True)
    return python


def images(asked: argparse.Namespace, work: Path) -> Manifest:
    """As many rows as the steps need, each with one caption; written as a table for either side."""
    if asked.photographs:
        table = photographs(work / "photographs", asked.photographs)
    else:
        table = sample.named(asked.manifest, Path(asked.root) if asked.root else None)
    rows = table.split("train") or table.rows
    needed = asked.steps * asked.batch
    chosen = [(i, rows[i % len(rows)]) for i in range(needed)]
    (work / "images").mkdir()
    made = []
    for number, row in chosen:
        name = f"images/{number:06d}{Path(row.image).suffix}"
        (work / name).symlink_to((table.root / row.image).resolve())
        caption = (row.captions or prompts.captions(row))[0]
        made.append(type(row)(name, row.modality, str(number), captions=(caption,), present=row.present))
    manifests.write(made, work / "manifest.csv")
    with open(work / "peer.csv", "w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["image", "text"])
        lines.writerows([str(work / row.image), row.captions[0]] for row in made)
    return manifests.read(work / "manifest.csv")


def run_peer(python: Path, asked: argparse.Namespace, out: Path, table: Path) -> dict[str, list[float]]:
    """One run of open_clip_train; its own log says how long each step took."""
    command = [
        python, "-m", "open_clip_train.main", "--train-data", table, "--dataset-type", "csv", "--csv-separator", ",",
        "--csv-img-key", "image", "--csv-caption-key", "text", "--model", asked.model, "--device", "cpu",
        "--batch-size", asked.batch, "--precision", "amp_bf16", "--epochs", 1, "--warmup", 4, "--lr", 1e-4,
        "--beta1", 0.9, "--beta2", 0.98, "--eps", 1e-8, "--wd", 0.2, "--grad-clip-norm", 1.0,
        "--workers", asked.workers, "--log-every-n-steps", 1, "--save-frequency", 0, "--logs", out, "--name", "run",
        "--seed", 0,
    ]  # fmt: skip
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    found = re.findall(r"Batch \(t\): ([\d.]+).*?Contrastive_loss: ([\d.]+)", done.stdout + done.stderr)
    if done.returncode or len(found) < asked.steps - 1:
        sys.exit(done.stdout[-2000:] + done.stderr[-4000:])
    return {"seconds": [float(time_) for time_, _ in found], "waits": [], "losses": [float(loss) for _, loss in found]}


def run_ours(asked: argparse.Namespace, out: Path, work: Path, table: Manifest) -> dict[str, list[float]]:
    """One run of ours, its steps timed by its own clock."""
    if asked.source == "shards" and not (work / "shards" / "index.parquet").is_file():
        sharding.write(table, work / "shards", 224)
    config = {
        "manifest": str(work / "manifest.csv"), "model": asked.model, "batch": asked.batch, "epochs": 1,
        "lr": 1e-4, "lr_new": 1e-4, "warmup": 4, "precision": "bf16", "losses": {"clip": 1.0},
        "batch_norm": "learned",  # as the peer has it, and as towers that start at random need it
        "shards": str(work / "shards") if asked.source == "shards" else "",
    }  # fmt: skip
    told = json.dumps({"config": config, "out": str(out)})
    done = subprocess.run([sys.executable, "-c", OURS, told], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-4000:])
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def rate(one: dict[str, list[float]], asked: argparse.Namespace) -> float:
    """Images a second over the counted steps."""
    counted: Sequence[float] = one["seconds"][WARM:]
    return asked.batch * len(counted) / sum(counted)


def limit(asked: argparse.Namespace, ours: float) -> None:
    """Print what the towers need in floating-point operations, and what this machine gives."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from mmfundus.models import towers

    a, b = (torch.randn(2048, 2048, dtype=torch.bfloat16) for _ in range(2))
    best = min(_seconds(lambda: a @ b) for _ in range(10))
    gemm = 2 * 2048**3 / best
    model = towers.build(asked.model)
    with FlopCounterMode(display=False) as counter:
        pixels = torch.zeros(1, model.size, model.size, 3, dtype=torch.uint8)
        (model.image(pixels).sum() + model.text(torch.ones(1, 16, dtype=torch.int64)).sum()).backward()
    operations = counter.get_total_flops()
    print(
        f"bf16 matrix product: {gemm / 1e9:.0f} GFLOP/s; image and text of 16 tokens: {operations / 1e9:.1f} GFLOP; "
        f"limit {gemm / operations:.1f} images a second, reached {100 * ours * operations / gemm:.0f} %"
    )


def _seconds(work: object) -> float:
    begun = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
