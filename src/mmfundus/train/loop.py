"""The training loop, top to bottom."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from mmfundus.data import loader, sampling
from mmfundus.errors import TrainingStopped
from mmfundus.tensors import Batch
from mmfundus.train import adapt, checkpoint, distributed, finish, optim, state, step, watch
from mmfundus.train.config import Config
from mmfundus.train.signals import Request, requests
from mmfundus.train.start import Run, begin
from mmfundus.types import Refusal

Card = Callable[[dict[str, Any]], str]
NAMED = 20  # samples named in a message


@dataclass(frozen=True)
class Summary:
    """What a run did."""

    out: Path
    step: int
    best_step: int
    best: float | None  # of what was watched on the validation rows
    watched: str
    images: int
    refused: tuple[Refusal, ...]
    leads: bool  # whether this process is the one that speaks


def train(
    config: Config,
    out: Path,
    on_evaluation: Callable[[Path], None] = lambda out: None,
    card: Card = lambda facts: f"# {facts['name']}\n",
    on_damage: Callable[[str], None] = print,
) -> Summary:
    """Train as configured into `out`; the same call goes on with a run that was cut off.

    Under torchrun all processes call it. Writes config.json, metrics.jsonl, tensorboard/, latest/,
    best/ and model/. Calls `on_evaluation(out)` after each evaluation; `card` writes the model card
    from what is known of the model; `on_damage` is told of torn checkpoints
    and of captions that are too long. Raises UsageError where
    `out` holds a run of another configuration; TrainingStopped on a loss or gradient that is not
    finite, a full disk, a lost rank, a worker that was killed and a signal to stop.
    """
    with distributed.world(config.device) as world, requests() as request, loader.killed_reader_told():
        run = begin(config, out, world, on_damage)
        at, shown = run.progress, on_evaluation if world.leads else lambda out: None

        # ---- 1. the start weights: what is learned must beat them ----------------------------------
        if at.step == 0:
            if long := run.long_captions():
                on_damage(long)
            _judge(run)
            shown(out)

        # ---- 2. step after step --------------------------------------------------------------------
        _go_through(run, request, shown)

        # ---- 3. the best weights become a model ----------------------------------------------------
        if world.leads:
            finish.write_model(run, card)
        reason = at.ended or "all epochs done"
        run.log.write("stop", step=at.step, reason=reason, best_step=at.best_step, best=at.best)
        run.log.close()
        shown(out)
        refused = tuple(Refusal(image, why) for image, why in at.refused.items())
        return Summary(out, at.step, at.best_step, at.best, config.watch, len(run.rows), refused, world.leads)


def _batches(run: Run) -> Iterator[Batch]:
    """This rank's batches that are still to come; none where the run has ended."""
    coming = iter(()) if run.progress.ended else run.coming()
    ahead = 0 if run.world.device.type == "cpu" else loader.AHEAD
    size, tokens, concepts = run.model.size, run.model.tokens, run.validation.concepts
    return loader.batches(run.samples, coming, size, tokens, concepts, run.config.workers, ahead)


def _go_through(run: Run, request: Request, shown: Callable[[Path], None]) -> None:
    """From the next step to the last, or to where the run ends before it."""
    at, config, clock, bar = run.progress, run.config, Clock(), _bar(run)
    every = config.evaluate_every or run.steps_per_epoch
    run.model.train()
    for batch in clock.waiting(_batches(run)):
        # ---- learn from one batch ------------------------------------------------------------------
        torch.manual_seed(_seed(config.seed, at.step, run.world.rank))  # else a cut would show in what is drawn next
        if config.unlock_every and adapt.lock(run.model, config, at.step):
            run.called = adapt.spread(run.model, config, run.world)
        rate = optim.set_rate(run.optimizer, config, at.step, run.steps)
        learned = _update(run, batch.to(run.world.device))
        at.step += 1
        _note(run, batch, learned, rate)
        _show(bar, run, learned)
        clock.lap()

        # ---- judge, keep the best, save ------------------------------------------------------------
        ends = at.step % run.steps_per_epoch == 0
        judges = at.step % every == 0 or at.step == run.steps
        stops = distributed.any_ranks(bool(request.name))
        if ends:
            _account(run)
        if judges:
            run.log.write("speed", step=at.step, **clock.told(config.batch))
            _judge(run)
        if judges or ends or stops or at.step % config.checkpoint_every == 0:
            _save(run)
        if judges:
            shown(run.out)
        if stops:
            raise TrainingStopped(
                f"Stopped by {request.name or 'a signal to another rank'} after step {at.step} of {run.steps}, "
                "which is saved. The same command goes on from there."
            )
        if at.ended:
            break
    bar.close()


def _update(run: Run, batch: Batch) -> tuple[step.Outcome, float] | None:
    """Learn from one global batch; its losses and the gradient's norm, None where no sample could be read.

    Nothing is learned where either is not finite: TrainingStopped.
    """
    config = run.config
    run.optimizer.zero_grad(set_to_none=True)
    bf16, hold = config.precision == "bf16", adapt.holding(run.called)
    outcome = step.backward(run.called, batch, run.validation.losses, config.losses, run.pieces, bf16, hold)
    if outcome is None:
        return None
    optim.average_unsharded(run.model)
    norm = optim.clip_norm(run.model.parameters(), config.clip_norm)
    if not torch.isfinite(outcome.total + norm):
        raise _not_finite(run, outcome, norm.item())
    run.optimizer.step()
    optim.clamp_scale(run.model)
    if run.average is not None:
        run.average.take(run.progress.step + 1)
    return outcome, norm.item()


def _not_finite(run: Run, outcome: step.Outcome, norm: float) -> TrainingStopped:
    """The sentence, with the samples whose vectors are not finite, or all where the fault is not in one of them."""
    finite = outcome.features.image.isfinite().all(1) & outcome.features.text.isfinite().all(1)
    images = [image for image, fine in zip(outcome.known.images, finite.tolist(), strict=True) if not fine]
    images = images or list(outcome.known.images)
    more = f" and {len(images) - NAMED} more" if len(images) > NAMED else ""
    number = run.progress.step + 1
    run.log.write("not_finite", step=number, loss=outcome.total.item(), norm=norm, images=images)
    return TrainingStopped(
        f"Step {number}: the loss is {outcome.total.item():g} and its gradient's norm {norm:g}; nothing was learned "
        f"from it. The samples were {', '.join(images[:NAMED])}{more}. Lower the learning rate or look at them; the "
        "same command goes on from the last checkpoint."
    )


def _judge(run: Run) -> None:
    """Score the weights, or their mean, on the validation rows; the best so far are kept, of equals the later."""
    at, config = run.progress, run.config
    with run.average.in_place() if run.average is not None else nullcontext():
        score, refused = run.validation.score(run.model)
        run.model.train()
        _refuse(run, refused)
        run.log.write("evaluate", step=at.step, epoch=at.step // run.steps_per_epoch, **score.events())
        value = getattr(score, config.watch)
        if watch.better(value, at.best, config.watch):
            at.best, at.best_step, at.stale = value, at.step, 0
            tensors = state.weights(run.model)
            if run.world.leads:
                checkpoint.save(run.out / "best", tensors, at.facts())
        else:
            at.stale += 1
    if config.patience and at.stale >= config.patience:
        at.ended = f"{config.watch} was no better in {at.stale} evaluations"


def _save(run: Run) -> None:
    tensors = state.everything(run.model, run.optimizer, run.average)
    if run.world.leads:
        checkpoint.save(run.out / "latest", tensors, run.progress.facts(), run.config.keep)
        run.log.write("checkpoint", step=run.progress.step, best_step=run.progress.best_step, best=run.progress.best)


def _note(run: Run, batch: Batch, learned: tuple[step.Outcome, float] | None, rate: float) -> None:
    """The account of one step: what was seen, what was refused and why."""
    at = run.progress
    if learned is None:
        refused = tuple(item for one in distributed.everyones(batch.refused) for item in one)
        numbers: dict[str, Any] = {"samples": 0, "loss": None, "losses": {}, "norm": None}
    else:
        outcome, norm = learned
        refused = outcome.known.refused
        losses = {name: value.item() for name, value in outcome.losses.items()}
        numbers = {"samples": len(outcome.known), "loss": outcome.total.item(), "losses": losses, "norm": norm}
    _refuse(run, refused)
    at.refused_now += [item.item for item in refused]
    epoch = (at.step - 1) // run.steps_per_epoch
    run.log.write("step", step=at.step, epoch=epoch, scale=run.model.scale.item(), lr=rate, **numbers)


def _refuse(run: Run, refused: Sequence[Refusal]) -> None:
    for item in refused:
        if run.progress.refused.get(item.item) != item.reason:
            run.progress.refused[item.item] = item.reason
            run.log.write("refused", step=run.progress.step, image=item.item, reason=item.reason)


def _account(run: Run) -> None:
    """An epoch's account: seen + refused + waiting (not drawn, where groups are balanced) = rows of split train."""
    at, epoch = run.progress, run.progress.step // run.steps_per_epoch - 1
    turns = sampling.account(run.order(epoch), run.rows)
    drawn, refused = int(np.count_nonzero(turns)), sorted(set(at.refused_now))
    run.log.write(
        "epoch",
        step=at.step,
        epoch=epoch,
        rows=len(run.rows),
        seen=drawn - len(refused),
        refused=refused,
        waiting=len(run.rows) - drawn,
    )
    at.refused_now.clear()


def _seed(seed: int, number: int, rank: int) -> int:
    """What a step's random numbers start from: of the seed, the step and the rank alone."""
    return int(np.random.SeedSequence([seed, number, rank]).generate_state(1, np.uint64)[0])


# ---- what a person watches ---------------------------------------------------------------------------


class Clock:
    """How long steps take, from asking for a batch to having learned from it, and how long they wait for it."""

    def __init__(self) -> None:
        self.steps: list[float] = []  # seconds
        self.waits: list[float] = []
        self._begun = 0.0

    def waiting(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The batches, the time until each arrives counted."""
        while True:
            self._begun = time.perf_counter()
            batch = next(batches, None)
            if batch is None:
                return
            self.waits.append(time.perf_counter() - self._begun)
            yield batch

    def lap(self) -> None:
        """A step is done; what follows until the next batch is asked for is not its time."""
        self.steps.append(time.perf_counter() - self._begun)

    def told(self, batch: int) -> dict[str, float]:
        """Images a second and the share of time spent waiting, since the last time this was asked."""
        seconds, waited, number = sum(self.steps), sum(self.waits), len(self.steps)
        self.steps.clear()
        self.waits.clear()
        return {"images_a_second": number * batch / seconds, "waiting": waited / seconds}


def _bar(run: Run) -> tqdm:
    quiet = None if run.world.leads else True  # None: only on a terminal
    return tqdm(total=run.steps, initial=run.progress.step, desc="training", unit="step", disable=quiet)


def _show(bar: tqdm, run: Run, learned: tuple[step.Outcome, float] | None) -> None:
    best = "none" if run.progress.best is None else f"{run.progress.best:.3f}"
    loss = "none" if learned is None else f"{learned[0].total.item():.3f}"
    bar.set_postfix(loss=loss, best=best, refresh=False)
    bar.update()
