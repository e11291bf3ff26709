"""How a run begins or goes on: its directory, its rows, its towers, and what is restored."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from mmfundus import plugins
from mmfundus.data import loader, sample
from mmfundus.errors import UsageError
from mmfundus.models import graphs, towers
from mmfundus.models.embed import Prepared, prepare
from mmfundus.models.towers import FundusCLIP
from mmfundus.tables import whole
from mmfundus.train import checkpoint, optim
from mmfundus.train.config import Config
from mmfundus.train.log import Log
from mmfundus.types import Manifest, Row


@dataclass
class Progress:
    """How far a run is: all that changes besides weights, optimiser and random state."""

    step: int = 0
    best: float | None = None  # macro AUROC on the validation rows
    best_step: int = 0
    refused: dict[str, str] = field(default_factory=dict)  # image: reason

    def facts(self) -> dict[str, Any]:
        """As kept in a checkpoint."""
        return asdict(self)


@dataclass
class Run:
    """All that a training loop holds."""

    config: Config
    out: Path
    manifest: Manifest
    rows: tuple[Row, ...]
    validation: Prepared
    samples: loader.Samples
    concepts: tuple[str, ...]
    model: FundusCLIP
    optimizer: torch.optim.Optimizer
    losses: dict[str, Callable[..., torch.Tensor]]
    log: Log
    progress: Progress

    @property
    def steps_per_epoch(self) -> int:
        """Batches in which every training row comes once."""
        return len(loader.epoch_batches(len(self.rows), self.config.batch, self.config.seed, 0))

    @property
    def steps(self) -> int:
        """Updates of the whole run."""
        return self.steps_per_epoch * self.config.epochs


def begin(config: Config, out: Path) -> Run:
    """Everything a run needs, taken up where `out` was left. Raises UsageError, ManifestError, BrokenModel."""
    table = sample.named(config.manifest, Path(config.root) if config.root else None)
    rows = table.split("train")
    if not rows:
        raise UsageError(f"{table.name} has no row of split train; there is nothing to learn from.")
    torch.manual_seed(config.seed)  # new projections are drawn from it
    clip = model_of(config)
    claim(config, out)  # only now: a call that cannot begin leaves nothing behind
    run = Run(
        config=config,
        out=out,
        manifest=table,
        rows=rows,
        validation=prepare(table.split("val"), table.root, clip.size),
        samples=loader.Samples(rows, table.root, clip.size, config.seed, config.extra_aug),
        concepts=loader.stated_concepts(table),
        model=clip,
        optimizer=optim.optimizer(clip, config),
        losses={name: plugins.load("mmfundus.losses", name).loss for name in config.losses},
        log=Log(out / "metrics.jsonl"),
        progress=Progress(),
    )
    found = checkpoint.read(out / "latest")
    if found is not None:
        facts, tensors = found
        checkpoint.restore(tensors, run.model, run.optimizer)  # 1 weights, 2 optimiser, 3 torch's random state
        run.progress = Progress(**{name: facts[name] for name in Progress().facts()})  # 4 the place and the best
    run.log.keep_until(run.progress.step)  # 5 the log; the order of samples follows from the step alone
    return run


def claim(config: Config, out: Path) -> None:
    """Make `out` this run's directory, or find that it already is. Raises UsageError where it is another's."""
    kept, numbers = out / "config.json", config.numbers()
    if kept.is_file():
        other = json.loads(kept.read_text(encoding="utf-8"))
        differing = sorted(name for name in numbers | other if numbers.get(name) != other.get(name))
        if differing:
            name = differing[0]
            raise UsageError(
                f"{str(out)!r} holds a run with {name} {other.get(name)!r}, not {numbers.get(name)!r}. Give the same "
                "configuration to go on with it, or another --out."
            )
        return
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{str(out)!r} is not empty and holds no run. Give another --out.")
    out.mkdir(parents=True, exist_ok=True)
    with whole(kept) as beside:
        beside.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")


def model_of(config: Config) -> FundusCLIP:
    """The towers a configuration names, with their weights."""
    folder = Path(config.model)
    if not folder.is_dir():
        return towers.build(config.model, config.size or None)
    model = graphs.load(folder)
    if config.size not in (0, model.size):
        raise UsageError(f"size is {config.size}, but {folder.name!r} takes {model.size} pixels. Leave size out.")
    return model
