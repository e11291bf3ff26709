"""The command line: a verb is a function. The only file that reads argv, and the only door of tyro."""

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import tyro
from tyro.conf import Positional

from mmfundus import NOTICE, __version__
from mmfundus.errors import MissingExtra, UnknownName, UsageError, explained
from mmfundus.tables import writable

Split = Literal["train", "val", "test"]


def demo(out: Path = Path("demo")) -> int:
    """Go the whole way once on the sample in the package: train briefly, judge, read six images.

    Research software, not a medical device.

    Args:
        out: Folder to write to.
    """
    with _needs("The demo trains a model; it", "train"):
        from mmfundus.demo import run
    writable(out)
    return run(out)


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


def prepare(image: Positional[Path], out: Positional[Path], modality: str, size: int = 224) -> int:
    """Write the very picture a model of the given size will get.

    Research software, not a medical device.

    Args:
        image: The file to prepare.
        out: The PNG to write.
        modality: cfp, uwf, oct, fa or another modality's name.
        size: Side of the prepared picture in pixels.
    """
    from mmfundus.data.images import prepared
    from mmfundus.report.pictures import save_png

    if out.suffix.lower() != ".png":
        raise UsageError(f"{out.name!r} does not end in .png; the prepared picture is written as PNG.")
    _at_least(1, size=size)
    writable(out.parent)
    save_png(out, prepared(image, modality, size))
    print(f"{out}: {image.name} as a model of {size} pixels sees it ({modality}).")
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

    _at_least(1, size=size, per_shard=per_shard, workers=workers)
    writable(out)
    done = sharding.write(sample.named(manifest, root), out, size, per_shard, workers)
    print(
        f"{done.pictures} images in {done.shards} tars, {done.bytes / 1e6:.1f} MB; {done.made} tars made by this call."
    )
    print(f"Written to {out}: shard-*.tar, index.parquet, shards.json. {NOTICE}")
    return _named([item.reason for item in done.refused])


def train(recipe: Positional[str], out: Path) -> int:
    """Train as a recipe says. `mmfundus train RECIPE --help` lists every field that can be given after it.

    Research software, not a medical device. The same command goes on with a run that was cut off.

    Args:
        recipe: A shipped recipe's name, or a Python file with `recipe() -> Config`.
        out: Folder of the run: model/, best/, latest/, metrics.jsonl, report.html.
    """
    return _train(recipe, ["--out", str(out)])


def _train(recipe: str, options: Sequence[str]) -> int:
    with _needs("Training", "train"):
        from mmfundus.train import config as configs
        from mmfundus.train import loop
    from mmfundus.report import files
    from mmfundus.report.card import card

    loaded = configs.load(recipe)

    def told(out: Path, config: configs.Config = loaded) -> tuple[Path, configs.Config]:
        """What the options say.

        Args:
            out: Folder of the run: model/, best/, latest/, metrics.jsonl, report.html.
            config: The recipe, field by field.
        """
        return out, config

    plain = (tyro.conf.OmitArgPrefixes,)
    out, config = tyro.cli(told, prog=f"mmfundus train {recipe}", description=ABOUT, args=options, config=plain)
    writable(out)
    done = loop.train(config, out, files.write_run_page, card)
    best = "not measured: no validation rows with both answers" if done.best is None else f"{done.best:.3f}"
    print(f"{done.step} steps on {done.images} images; best step {done.best_step}, validation macro AUROC {best}.")
    print(f"Written to {done.out}: model/, best/, latest/, metrics.jsonl, report.html. {NOTICE}")
    return _named([f"{item.item}: {item.reason}" for item in done.refused])


def evaluate(
    task: Positional[Literal["zero-shot"]],
    manifest: Positional[str],
    model: str,
    out: Path,
    split: Split = "test",
    root: Path | None = None,
    seed: int = 0,
    resamples: int = 1000,
) -> int:
    """Judge a model on a manifest: metrics.json, predictions.parquet and report.html.

    Research software, not a medical device.

    Args:
        task: What to judge.
        manifest: Table of images with stated concepts (CSV or Parquet), or "sample".
        model: Model directory; with the train install, anything open_clip loads.
        out: Folder to write to.
        split: Rows to judge. Thresholds are chosen on the validation rows alone.
        root: Folder that image paths are relative to; the manifest's own if not given.
        seed: Of the bootstrap.
        resamples: Of patients, for the 95 % intervals.
    """
    from mmfundus.data import sample
    from mmfundus.models.reader import open_reader
    from mmfundus.report import files, words

    _at_least(0, seed=seed, resamples=resamples)
    writable(out)
    reader, table = open_reader(model), sample.named(manifest, root)
    judged = files.judge_zero_shot(reader, table, split, seed, resamples)
    files.write_evaluation(judged, files.examples(reader, table, split), out)
    print("\n".join(words.result_lines(judged.result)))
    print(f"Written to {out}: metrics.json, predictions.parquet, report.html. {NOTICE}")
    return _named([item.reason for item in judged.refused])


def predict(
    images: Positional[tuple[Path, ...]],
    model: str,
    labels: str = "",
    modality: str = "",
    explain: bool = False,
    json: bool = False,
    out: Path | None = None,
) -> int:
    """Ask a model for findings on images, by any name.

    Research software, not a medical device.

    Args:
        images: Image files.
        model: Model directory; with the train install, anything open_clip loads.
        labels: Concepts, names, synonyms or free text, joined by commas; if not given, what the model learned.
        modality: Of all the images; if not given, the model recognises it and the table says so.
        explain: With --out, also write the maps that add up to each score, as PNG and a page.
        json: Print JSON instead of a table.
        out: Folder for predictions.csv and the pictures.
    """
    from mmfundus.clinic import reading
    from mmfundus.models.reader import open_reader
    from mmfundus.report import files, words

    if not images:
        raise UsageError("There is no image to read. Give one or more image files.")
    if explain and out is None:
        raise UsageError("--explain writes pictures; say where with --out DIR.")
    if out is not None:
        writable(out)
    reader = open_reader(model)
    found = reading.read_files(reader, images, [text.strip() for text in labels.split(",") if text.strip()], modality)
    print(words.readings_json(found, reader.name) if json else "\n".join(words.reading_lines(found)))
    if out is not None:
        files.write_predictions(found, reader.name, out)
        if explain:
            files.write_readings(found, out, f"Read by {reader.name}")
    return _named([one.refused for one in found if one.refused])


VERBS: dict[str, Callable[..., int]] = {
    "demo": demo, "check": check, "prepare": prepare, "shard": shard, "train": train, "evaluate": evaluate,
    "predict": predict,
}  # fmt: skip
ABOUT = f"The open vision-language toolkit for the eye. {NOTICE}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns 0 done, 1 the work failed or something was refused, 2 wrong call."""
    given = list(sys.argv[1:] if argv is None else argv)
    debug, args = "--debug" in given, [arg for arg in given if arg != "--debug"]
    try:
        return _run(args)
    except SystemExit as left:  # tyro's own: help, or a wrong call
        return left.code if isinstance(left.code, int) else 2
    except BaseException as error:  # noqa: BLE001 - the contract: a sentence, and no traceback without --debug
        if debug:
            traceback.print_exc()
        code, message = explained(error)
    print(f"mmfundus: {message}", file=sys.stderr)
    return code


def _run(args: list[str]) -> int:
    match args:
        case ["--version"]:
            print(f"mmfundus {__version__}")
            return 0
        case [] | ["-h" | "--help"]:
            print(_help())
            return 0
        case ["train", recipe, *options] if not recipe.startswith("-"):
            return _train(recipe, options)
        case [verb, *rest] if verb in VERBS:
            return int(tyro.cli(VERBS[verb], prog=f"mmfundus {verb}", args=rest))
    raise UnknownName("verb", args[0], VERBS)


def _help() -> str:
    """The verbs, one line each; a verb's own --help says the rest."""
    lines = [f"  {verb:10} {(function.__doc__ or '').splitlines()[0]}" for verb, function in VERBS.items()]
    return "\n".join([ABOUT, "", "mmfundus VERB --help explains a verb:", "", *lines, "", "--debug shows tracebacks."])


@contextmanager
def _needs(what: str, extra: str) -> Iterator[None]:
    """Turn a missing library of an optional install into the sentence that names the install."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("mmfundus"):
            raise
        raise MissingExtra(what, extra) from None


def _at_least(least: int, **given: int) -> None:
    for name, value in given.items():
        if value < least:
            raise UsageError(f"--{name} is {value}; it must be at least {least}.")


def _named(refused: Sequence[str]) -> int:
    """Name what was refused on stderr; 1 if anything was."""
    from mmfundus.report import words

    for reason in refused:
        print(f"refused: {words.one_line(reason)}", file=sys.stderr)
    return 1 if refused else 0
