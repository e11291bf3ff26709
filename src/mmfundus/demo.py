"""The whole way once, on the sample in the package: train, judge, read, one page."""

import json
from pathlib import Path

from mmfundus import NOTICE
from mmfundus.clinic import reading
from mmfundus.data import sample
from mmfundus.knowledge.concepts import concepts
from mmfundus.models.reader import open_reader
from mmfundus.models.tower_reader import TowerReader
from mmfundus.report import files, judging, pages, words
from mmfundus.report.card import card
from mmfundus.tasks import zero_shot
from mmfundus.train import log, loop, recipes, start
from mmfundus.types import Manifest, Row

READ = 6  # images read, spread over the modalities


def run(out: Path) -> int:
    """Write `out/run` (the training), `out/evaluation` and `out/index.html`; prints the same in short."""
    config, table = recipes.load("demo"), sample.manifest()
    print(f"Training {config.model} on the sample's {len(table.split('train'))} training images (about two minutes).")
    loop.train(config, out / "run", files.write_run_page, card)

    print("Judging it, and the start weights, on the sample's test images.")
    before = zero_shot.judge(TowerReader(start.model_of(config), f"{config.model}, before training"), table, "test")
    reader = open_reader(str(out / "run" / "model"))
    judged = zero_shot.judge(reader, table, "test")
    chosen = images_to_read(table)
    readings = reading.read(reader, chosen, table.root, findings_to_ask(table))
    seen = judging.look(reader, table, "test", judged)
    files.write_evaluation(judged, readings, out / "evaluation", before.result, seen)
    print("\n".join(words.result_lines(judged.result, before.result)))
    print("\n".join(words.reading_lines(readings)))

    commands = next_commands(out, table.root / chosen[0].image)
    events = log.read(out / "run" / "metrics.jsonl")
    page = pages.demo_page(events, json.loads((out / "run" / "config.json").read_text(encoding="utf-8")), judged.result,
                           readings, commands, before.result)  # fmt: skip
    files.write_text(out / "index.html", page)
    print(f"\n{out / 'index.html'} shows it all. {NOTICE}\nTo try next:")
    for what, command in commands:
        print(f"  {command}\n    {what}")
    return 0


def images_to_read(table: Manifest) -> list[Row]:
    """Test images, each modality with stated concepts in turn, each time of a finding not shown yet if there is one."""
    queues: dict[str, list[Row]] = {}
    for row in table.split("test"):
        if row.present:
            queues.setdefault(row.modality, []).append(row)
    chosen: list[Row] = []
    while len(chosen) < READ and any(queues.values()):
        for queue in filter(None, queues.values()):
            shown = {(row.modality, concept) for row in chosen for concept in row.present}
            queue.sort(key=lambda row: {(row.modality, c) for c in row.present} <= shown)  # stable: else table order
            chosen.append(queue.pop(0))
    return chosen[:READ]


def findings_to_ask(table: Manifest) -> dict[str, tuple[str, ...]]:
    """Of each modality, all that the sample states of any modality and that this one can show.

    One space for all modalities means that a finding learned on one may be asked of another.
    """
    stated = {concept for row in table.rows for concept in row.present}
    return {
        modality: tuple(sorted(name for name in stated if modality in concepts()[name].modalities))
        for modality in sorted({row.modality for row in table.rows})
    }


def next_commands(out: Path, image: Path) -> list[tuple[str, str]]:
    """Three commands that work as printed, each with what it does."""
    model = out / "run" / "model"
    shown = image if not image.is_absolute() else _short(image)
    asked, report = '--labels "glaucoma,diabetic retinopathy"', out / "check.csv"
    return [
        (
            "ask by name, and see where the answer comes from",
            f"mmfundus predict {shown} --model {model} {asked} --explain --out {out / 'read'}",
        ),
        ("look at every file of a folder before training on it", f"mmfundus check {shown.parent} --report {report}"),
        ("train longer, with stronger augmentation", "mmfundus train demo --epochs 60 --extra-aug --out runs/longer"),
    ]


def _short(path: Path) -> Path:
    """Relative to where the user stands, where that is possible."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
