"""Prepared pictures from full-size photographs against from shards, and how long a training step waits for each.

Photographs of 3000 x 2000 pixels are made from the sample in a temporary folder. Reading is
timed in alternating rounds in one thread; then batches from either are drawn and augmented
in one worker process, and the share of the time that a training step waits for its batch is
printed. The step is a rest of so many seconds, as if an accelerator worked, or with `--model`
a model's own on these cores. Seconds are this machine's, the ratio travels.

    python benchmarks/shards.py --images 24 --size 224 --batch 16 --step 0.25
    python benchmarks/shards.py --model ViT-B-32 --steps 3
    python benchmarks/shards.py --formats          what lossless encodings of the sample weigh and cost
"""

import argparse
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from mmfundus import plugins
from mmfundus.data import images, sample, sharding, shards
from mmfundus.data.augment import augment
from mmfundus.types import Manifest

PREFETCHED = 3  # batches made before or while the first step runs: not counted
Read = Callable[[int], np.ndarray]
FORMATS = {
    "npy": None,
    "PNG level 1": {"format": "PNG", "compress_level": 1},
    "PNG level 6": {"format": "PNG", "compress_level": 6},
    "WebP method 0": {"format": "WEBP", "lossless": True, "method": 0, "quality": 0},
    "WebP method 2": {"format": "WEBP", "lossless": True, "method": 2, "quality": 20},
    "WebP method 4": {"format": "WEBP", "lossless": True, "method": 4, "quality": 80},
}


def main() -> None:
    """Measure and print."""
    asked = arguments()
    if asked.formats:
        formats()
        return
    with tempfile.TemporaryDirectory() as folder:
        table = photographs(Path(folder), asked.images)
        begun = time.perf_counter()
        done = sharding.write(table, Path(folder) / "shards", asked.size)
        print(f"sharding: {done.pictures / (time.perf_counter() - begun):.1f} images a second, once")
        packed = shards.open_shards(str(Path(folder) / "shards"))
        readers: dict[str, Read] = {
            "photographs": lambda row: images.prepared(table.root / table.rows[row].image, "cfp", asked.size),
            "shards": packed.pixels,
        }
        rates(readers, len(table.rows), asked.rounds)
        for name, read in readers.items():
            waits(name, read, len(table.rows), asked)


def photographs(folder: Path, number: int) -> Manifest:
    """The sample's fundus images as photographs of 3000 x 2000 pixels with a sensor's noise."""
    sources = [row for row in sample.manifest().rows if row.modality == "cfp"]
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    rows = []
    for i in tqdm(range(number), desc="making photographs", disable=None, leave=False):
        picture = Image.open(sample.path().parent / sources[i % len(sources)].image).convert("RGB")
        pixels = np.asarray(picture.resize((3000, 2000), Image.Resampling.BICUBIC), np.float32)
        noisy = np.clip(pixels + random.normal(0, 3, (2000, 3000, 1)), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{i}.jpg", quality=90)
        rows.append(replace(sources[i % len(sources)], image=f"{i}.jpg", patient=f"{i}", split="train"))
    mean = statistics.mean((folder / row.image).stat().st_size for row in rows) / 1e6
    print(f"{number} photographs of {mean:.1f} MB on average")
    return Manifest(tuple(rows), folder, "photographs.csv")


def rates(readers: dict[str, Read], rows: int, rounds: int) -> None:
    """Images a second of each reader, and the ratio."""
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, read in readers.items():
            begun = time.perf_counter()
            for row in range(rows):
                read(row)
            seconds[name].append((time.perf_counter() - begun) / rows)
    for name, taken in seconds.items():
        print(f"from {name:12} {1 / statistics.median(taken):8.1f} images a second, one thread")
    ratio = statistics.median(a / b for a, b in zip(seconds["photographs"], seconds["shards"], strict=True))
    print(f"ratio {ratio:.1f}")


def waits(name: str, read: Read, rows: int, asked: argparse.Namespace) -> None:
    """Share of the time of training steps that goes by before a batch is there."""
    step = model_step(asked.model) if asked.model else lambda _: time.sleep(asked.step)
    coming = batches(read, rows, asked.batch, asked.steps + PREFETCHED)
    waited, whole = [], []
    for _ in range(asked.steps + PREFETCHED):
        begun = time.perf_counter()
        batch = next(coming)
        waited.append(time.perf_counter() - begun)
        step(batch)
        whole.append(time.perf_counter() - begun)
    share = sum(waited[PREFETCHED:]) / sum(whole[PREFETCHED:])
    mean = statistics.mean(whole[PREFETCHED:])
    print(f"from {name:12} waits {100 * share:6.2f} % of {mean:.2f} s a step ({asked.model or 'an accelerator'})")


def model_step(name: str) -> Callable:
    """One update of an image tower on a batch."""
    import open_clip
    import torch

    torch.manual_seed(0)
    tower = open_clip.create_model(name).visual
    optimizer = torch.optim.SGD(tower.parameters(), lr=1e-6)

    def step(batch: torch.Tensor) -> None:
        tower(batch.permute(0, 3, 1, 2).float() / 255).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def batches(read: Read, rows: int, batch: int, number: int) -> Iterator:
    """Batches of augmented pictures, made in one process beside the caller's."""
    import torch
    from torch.utils.data import DataLoader, Dataset

    limits = plugins.load("mmfundus.modalities", "cfp").LIMITS

    class Pictures(Dataset):
        def __len__(self) -> int:
            return batch * number

        def __getitem__(self, draw: int) -> torch.Tensor:
            return torch.from_numpy(augment(read(draw % rows), limits, np.random.default_rng(draw), extra=True))

    return iter(DataLoader(Pictures(), batch, num_workers=1, multiprocessing_context="fork"))


def formats() -> None:
    """Mean size and processor time of encodings, over every fifth picture of the sample."""
    table = sample.manifest()
    print(f"{'':20}{'KiB':>8}{'encode ms':>12}{'decode ms':>12}")
    for size in (224, 384):
        pictures = [images.prepared(table.root / row.image, row.modality, size) for row in table.rows[::5]]
        for name, options in FORMATS.items():
            begun = time.process_time()
            encoded = [encode(pixels, options) for pixels in pictures]
            middle = time.process_time()
            decoded = [decode(content, options) for _ in range(3) for content in encoded]
            ended = time.process_time()
            assert all(np.array_equal(a, b) for a, b in zip(pictures, decoded, strict=False))
            weight = statistics.mean(len(content) for content in encoded) / 1024
            each = 1000 / len(pictures)
            print(f"{size} {name:16}{weight:8.1f}{(middle - begun) * each:12.2f}{(ended - middle) / 3 * each:12.2f}")


def encode(pixels: np.ndarray, options: dict | None) -> bytes:
    """One picture in one encoding; without options as an array file."""
    file = io.BytesIO()
    if options is None:
        np.save(file, pixels)
    else:
        Image.fromarray(pixels).save(file, **options)
    return file.getvalue()


def decode(content: bytes, options: dict | None) -> np.ndarray:
    """The picture again."""
    if options is None:
        return np.load(io.BytesIO(content))
    return np.array(Image.open(io.BytesIO(content)).convert("RGB"))


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--formats", action="store_true", help="compare encodings instead")
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", default="", help="an open_clip architecture that takes pictures of --size")
    parser.add_argument("--step", type=float, default=0.25, help="seconds of a step without --model")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    main()
