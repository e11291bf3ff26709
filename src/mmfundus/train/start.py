"""How a run begins or goes on: its directory, its rows, its towers, and what is restored."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mmfundus import plugins
from mmfundus.data import loader, sample, sampling, shards
from mmfundus.data.images import Picture
from mmfundus.errors import UsageError
from mmfundus.models import context, graphs, towers
from mmfundus.models.towers import FundusCLIP
from mmfundus.tables import whole
from mmfundus.train import adapt, checkpoint, optim, state
from mmfundus.train.average import Average
from mmfundus.train.config import Config
from mmfundus.train.distributed import World
from mmfundus.train.log import Log
from mmfundus.train.watch import Validation
from mmfundus.types import Manifest, Row


@dataclass
class Progress:
    """How far a run is: all that changes besides weights, optimiser and means."""

    step: int = 0
    best: float | None = None  # of the watched value on the validation rows
    best_step: int = 0
    stale: int = 0  # evaluations since the best
    ended: str = ""  # why the run is over before its last step
    refused: dict[str, str] = field(default_factory=dict)  # image: reason
    refused_now: list[str] = field(default_factory=list)  # images refused in this epoch so far

    def facts(self) -> dict[str, Any]:
        """As kept in a checkpoint."""
        return asdict(self)


@dataclass
class Run:
    """All that a training loop holds."""

    config: Config
    out: Path
    world: World
    manifest: Manifest
    rows: tuple[Row, ...]
    samples: loader.Samples
    validation: Validation
    model: FundusCLIP
    called: nn.Module  # the model, or what averages its gradient over the ranks
    optimizer: torch.optim.Optimizer
    average: Average | None
    log: Log
    progress: Progress
    on_damage: Callable[[str], None]  # told of each torn checkpoint

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch."""
        return sampling.steps(len(self.rows), self.config.batch)

    @property
    def steps(self) -> int:
        """Updates of the whole run."""
        return self.steps_per_epoch * self.config.epochs

    @property
    def pieces(self) -> int:
        """Parts in which a rank embeds its share of a batch; the same on all ranks."""
        share = -(-self.config.batch // self.world.size)
        return -(-share // self.config.chunk) if self.config.chunk else 1

    def long_captions(self) -> str:
        """What is lost of captions that the text tower cannot take whole, as a sentence; empty where nothing is."""
        texts = {caption for row in self.rows for caption in row.captions}
        long = self.model.tokens.longer_than_context(sorted(texts))
        if not long or not self.world.leads:
            return ""
        context = self.model.tokens.context
        self.log.write("long_captions", step=0, count=len(long), of=len(texts), context=context)
        return (
            f"{len(long)} of {len(texts)} different captions are longer than the {context} tokens that the text tower "
            "takes; only their beginning is learned from. Give --context to stretch it."
        )

    def order(self, epoch: int) -> list[list[int]]:
        """Row numbers of an epoch's batches."""
        config = self.config
        return sampling.epoch_order(self.rows, config.seed, epoch, config.balance, config.pairs, config.batch)

    def coming(self) -> Iterator[list[loader.Place]]:
        """This rank's draws, a batch at a time, from the next step to the last."""
        begin, done = divmod(self.progress.step, self.steps_per_epoch)
        for epoch in range(begin, self.config.epochs):
            batches = loader.places(self.order(epoch), epoch)[done if epoch == begin else 0 :]
            yield from map(self.world.mine, batches)


def begin(config: Config, out: Path, world: World, on_damage: Callable[[str], None] = print) -> Run:
    """Everything a run needs, taken up where `out` was left.

    Raises UsageError, ManifestError, BrokenModel. `on_damage` is told of torn checkpoints.
    """
    table = sample.named(config.manifest, Path(config.root) if config.root else None)
    rows = table.split("train")
    if not rows:
        raise UsageError(f"{table.name} has no row of split train; there is nothing to learn from.")
    if config.batch < world.size:
        raise UsageError(f"batch is {config.batch} for {world.size} ranks; it is the batch of all of them together.")
    torch.manual_seed(config.seed)  # new projections are drawn from it
    model = model_of(config)
    picture = pictures(config, table, model.size)
    adapt.ready(model, config, world)
    if world.leads:
        claim(config, out)  # only now: a call that cannot begin leaves nothing behind
    losses = {name: plugins.load("mmfundus.losses", name).loss for name in config.losses}
    concepts = loader.stated_concepts(table)
    run = Run(
        config=config,
        out=out,
        world=world,
        manifest=table,
        rows=rows,
        samples=loader.Samples(rows, picture, config.seed, config.extra_aug, config.caption_share),
        validation=Validation(table.split("val"), picture, world, losses, config.losses, concepts, config.batch),
        model=model,
        called=model,
        optimizer=optim.optimizer(model, config),
        average=Average(model, config.ema) if config.ema else None,
        log=Log(out / "metrics.jsonl", partial(board, out / "tensorboard"), writes=world.leads),
        progress=Progress(),
        on_damage=on_damage if world.leads else lambda sentence: None,
    )
    resume(run)
    adapt.lock(model, config, run.progress.step)
    run.called = adapt.spread(model, config, world)  # last: it takes note of what learns
    return run


def resume(run: Run) -> None:
    """Take up the newest whole checkpoint in `latest/`, if there is one."""
    if run.world.leads:
        for folder in (run.out / "latest", run.out / "best"):
            checkpoint.sweep(folder)
    found = checkpoint.read(run.out / "latest", run.on_damage)
    if found is None:
        run.log.keep_until(-1)  # the start weights are judged again too
    else:
        facts, tensors = found
        state.restore(tensors, run.model, run.optimizer, run.average)  # 1 weights, 2 optimiser, 3 their means
        run.progress = Progress(**{name: facts[name] for name in Progress().facts()})  # 4 the place and the best
        run.log.keep_until(run.progress.step)  # 5 the log; order and all randomness follow from the step alone


def board(folder: Path, step: int) -> Any:
    """TensorBoard's writer, from a step on: what an earlier, cut-off call wrote after it is not shown."""
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(folder, purge_step=step)


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
    """The towers a configuration names, with their weights, on the CPU."""
    folder = Path(config.model)
    if not folder.is_dir():
        model = towers.build(config.model, config.size or None)
    else:
        model = graphs.load(folder)
        if config.size not in (0, model.size):
            raise UsageError(f"size is {config.size}, but {folder.name!r} takes {model.size} pixels. Leave size out.")
    if config.context:
        context.stretch(model, config.context)
    if "siglip" in config.losses:
        towers.give_bias(model)
    return model


def pictures(config: Config, table: Manifest, size: int) -> Picture:
    """Where pictures come from: the manifest's files, or shards of them. Raises UsageError."""
    if not config.shards:
        return loader.Files(table.root, size).pixels_of
    packed = shards.open_shards(config.shards)
    if packed.size != size:
        raise UsageError(f"The shards hold pictures of {packed.size} pixels, but the model takes {size}. Shard anew.")
    packed.must_hold(table)
    return packed.pixels_of
