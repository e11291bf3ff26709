"""Peak memory of a large batch embedded in pieces against a small one at once, and how equal the gradients are.

    python benchmarks/gradient_cache.py --small 32 --large 512

Each setting is a process of its own, whose peak is the operating system's own account of it. The
process alone, with model and optimiser but without a step, is printed too: peaks hold it as well.
"""

import argparse
import resource
import subprocess
import sys

import torch

from mmfundus.losses import clip
from mmfundus.models import towers
from mmfundus.tensors import Batch
from mmfundus.train import optim, step
from mmfundus.train.config import Config


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=32)
    parser.add_argument("--large", type=int, default=512)
    parser.add_argument("--model", default="lite0-minilm")
    parser.add_argument("--one", type=int, nargs=2, metavar=("BATCH", "PIECES"), help="one step, for its peak")
    asked = parser.parse_args()
    if asked.one:
        one(asked.model, *asked.one)
        return
    peaks = {name: peak(asked.model, *told) for name, told in settings(asked.small, asked.large).items()}
    for name, megabytes in peaks.items():
        print(f"{name}: {megabytes:.0f} MB")
    small, large = (peaks[name] for name in list(peaks)[1:])
    print(f"{asked.model}: batch {asked.large} in pieces has {large / small:.3f} times the peak of batch {asked.small}")
    print(f"relative difference of the gradient in four pieces, batch {asked.small}: {difference(asked):.1e}")


def settings(small: int, large: int) -> dict[str, tuple[int, int]]:
    """Batch and pieces of each process."""
    return {
        "model and optimiser alone": (0, 1),
        f"batch {small} at once": (small, 1),
        f"batch {large} in pieces of {small}": (large, -(-large // small)),
    }


def peak(model: str, batch: int, pieces: int) -> float:
    """Megabytes that a process of its own needed at most."""
    command = [sys.executable, __file__, "--model", model, "--one", str(batch), str(pieces)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def one(name: str, batch: int, pieces: int) -> None:
    """Two steps, and the peak of this process."""
    model = towers.build(name).train()
    optimizer = optim.optimizer(model, Config(model=name))
    for number in range(2 if batch else 0):
        optimizer.zero_grad(set_to_none=True)
        learn(model, batch, pieces, seed=number)
        optimizer.step()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def learn(model: towers.FundusCLIP, batch: int, pieces: int, seed: int) -> None:
    """The gradient of a batch of random pictures and texts that all differ."""
    random = torch.Generator().manual_seed(seed)
    texts = tuple(f"a fundus photograph of eye {number}" for number in range(batch))
    names = tuple(map(str, range(batch)))
    made = Batch(
        pixels=torch.randint(0, 256, (batch, model.size, model.size, 3), dtype=torch.uint8, generator=random),
        tokens=torch.from_numpy(model.tokens(texts)),
        labels=torch.zeros(batch, 1),
        texts=texts,
        patient=names,
        eye=("",) * batch,
        modality=("cfp",) * batch,
        images=names,
    )
    step.backward(model, made, {"clip": clip.loss}, {"clip": 1.0}, pieces)


def difference(asked: argparse.Namespace) -> float:
    """How far the gradient in four pieces is from that at once: the norm of the difference over the gradient's own."""
    found = []
    for pieces in (1, 4):
        torch.manual_seed(0)
        model = towers.build(asked.model).train()
        learn(model, asked.small, pieces, seed=0)
        gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
        found.append(torch.cat([gradient.flatten().double() for gradient in gradients]))
    whole, parts = found
    return float((parts - whole).norm() / whole.norm())


if __name__ == "__main__":
    main()
