"""How fast photographs become probabilities, against the loop that everybody writes first.

    python benchmarks/read.py --model demo/run/model --photographs 60 --rounds 3

The reference loop decodes each file whole and runs the torch towers in fp32 on it alone, on one thread; it prepares
pictures and weighs labels as mmfundus does, so that answers can be compared. Both sides read the same files, in turns.
The limit is what decoding and the forward pass take, each measured by itself on all cores.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from shards import photographs

from mmfundus import plugins
from mmfundus.clinic import reading
from mmfundus.data import images
from mmfundus.evaluate import zero_shot
from mmfundus.models import bundle, embed, graphs
from mmfundus.models.runtime import OnnxReader
from mmfundus.models.tower_reader import TowerReader
from mmfundus.types import Embeddings, Manifest

Table = Float[np.ndarray, "n c"]


def main() -> None:
    """Measure in turns and print."""
    asked = arguments()
    with tempfile.TemporaryDirectory() as work:
        table = photographs(Path(work), asked.photographs)
        reader = OnnxReader(bundle.open_bundle(asked.model))
        labels = {"cfp": reader.concepts["cfp"]}
        reference = Reference(asked.model, reader, labels)

        def ours() -> Table:
            return reading.predict(reader, table.rows, table.root, labels).probability

        def theirs() -> Table:
            return reference.read(table)

        reading.predict(reader, table.rows[:2], table.root, labels)  # once unmeasured: graphs are loaded
        rounds = [(timed(ours), timed(theirs), limit(reader, table)) for _ in range(asked.rounds)]
        said, expected = ours(), theirs()
    count = len(table.rows)
    for name, place in (("mmfundus", 0), ("reference loop", 1), ("limit: decoding + forward", 2)):
        print(f"{name:<28}{count / statistics.median(one[place] for one in rounds):>9.1f} images/s")
    print(f"ratio to the reference loop {statistics.median(their / our for our, their, _ in rounds):>9.2f}")
    print(f"share of the limit          {statistics.median(most / our for our, _, most in rounds):>9.2f}")
    print(f"same likeliest label        {(said.argmax(1) == expected.argmax(1)).mean():>9.4f}")
    print(f"largest difference          {np.abs(said - expected).max():>9.4f}")


class Reference:
    """Full decoding, one picture at a time, fp32, one thread."""

    def __init__(self, model: Path, reader: OnnxReader, labels: reading.Labels) -> None:
        self.tower = TowerReader(graphs.load(model), "reference")
        self.labels, self.vectors, self.scale = labels, reading.vectors(reader, labels), reader.scale

    def read(self, table: Manifest) -> Table:
        """Probabilities of each row's labels."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        found = []
        for row in table.rows:
            whole = images.read(table.root / row.image)
            picture = plugins.load("mmfundus.modalities", row.modality).prepare(whole, self.tower.size)
            alone = Embeddings((row,), self.tower.images(picture[None]), ("",))
            found.append(zero_shot.predict(alone, self.labels, self.vectors, self.scale).probability)
        torch.set_num_threads(threads)
        return np.concatenate(found)


def limit(reader: OnnxReader, table: Manifest) -> float:
    """Seconds of decoding alone plus those of the forward pass alone."""
    begun = time.perf_counter()
    reader.images(embed.prepare(table.rows, embed.from_files(table.root, reader.size), reader.size).pixels)
    return time.perf_counter() - begun


def timed(work: Callable[[], object]) -> float:
    """Seconds it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("demo/run/model"), help="a model directory")
    parser.add_argument("--photographs", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
