"""Images before training: looked at, prepared, packed."""

from pathlib import Path

from tyro.conf import Positional

from mmfundus import NOTICE
from mmfundus.errors import UsageError
from mmfundus.tables import writable
from mmfundus.verbs._ends import at_least, named


def check(path: Positional[Path], report: Path | None = None, root: Path | None = None) -> int:
    """Look at every image of a folder or manifest: one row a file, refused ones with the reason.

    Research software, not a medical device.

    Args:
        path: An image folder, or a manifest (CSV or Parquet).
        report: Write the rows to this CSV or Parquet file.
        root: Folder that the manifest's image paths are relative to; its own folder if not given.
    """
    from mmfundus.data import check as checks
    from mmfundus.report import words

    if report is not None:
        writable(report.parent)
    found = checks.check(path, root)
    if report is not None:
        checks.write(found, report)
    print("\n".join(words.check_lines(found)))
    return 1 if found.refused else 0


def prepare(
    image: Positional[Path],
    out: Positional[Path],
    modality: str,
    size: int = 224,
    draws: int = 0,
    extra_aug: bool = False,
    seed: int = 0,
) -> int:
    """Write the very picture a model of the given size will get, or a sheet of it as training alters it.

    Research software, not a medical device.

    Args:
        image: The file to prepare.
        out: The PNG to write.
        modality: cfp, uwf, oct, fa or another modality's name.
        size: Side of the prepared picture in pixels.
        draws: Write a sheet of so many random alterations instead, such as 64.
        extra_aug: With --draws, the stronger alterations of the option of the same name in training.
        seed: With --draws, of the alterations.
    """
    import numpy as np

    from mmfundus import plugins
    from mmfundus.data.augment import augment
    from mmfundus.data.images import prepared
    from mmfundus.report.pictures import save_png, sheet

    if out.suffix.lower() != ".png":
        raise UsageError(f"{out.name!r} does not end in .png; the prepared picture is written as PNG.")
    at_least(1, size=size)
    at_least(0, draws=draws, seed=seed)
    writable(out.parent)
    pixels, altered = prepared(image, modality, size), ""
    if draws:
        limits, rng = plugins.load("mmfundus.modalities", modality).LIMITS, np.random.default_rng(seed)
        pixels = sheet([augment(pixels, limits, rng, extra_aug) for _ in range(draws)])
        altered = f" in {draws} of training's alterations"
    save_png(out, pixels)
    print(f"{out}: {image.name} as a model of {size} pixels sees it ({modality}){altered}.")
    return 0


def shard(
    manifest: Positional[str],
    out: Path,
    size: int = 224,
    per_shard: int = 1000,
    workers: int = 2,
    root: Path | None = None,
) -> int:
    """Prepare every image of a manifest once, into tars with an index that training reads in any order.

    Research software, not a medical device. The same command goes on where it was cut off.

    Args:
        manifest: Table of images (CSV or Parquet), or "sample".
        out: Folder of the tars, shards.json and index.parquet.
        size: Side of the prepared picture in pixels; training must ask for the same.
        per_shard: Images in a tar.
        workers: Threads that prepare images.
        root: Folder that image paths are relative to; the manifest's own if not given.
    """
    from mmfundus.data import sample, sharding

    at_least(1, size=size, per_shard=per_shard, workers=workers)
    writable(out)
    done = sharding.write(sample.named(manifest, root), out, size, per_shard, workers)
    print(
        f"{done.pictures} images in {done.shards} tars, {done.bytes / 1e6:.1f} MB; {done.made} tars made by this call."
    )
    print(f"Written to {out}: shard-*.tar, index.parquet, shards.json. {NOTICE}")
    return named([item.reason for item in done.refused])
