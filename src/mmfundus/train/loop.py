"""The training loop, top to bottom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from mmfundus.data import loader
from mmfundus.errors import TrainingStopped
from mmfundus.models.tower_reader import TowerReader
from mmfundus.tensors import Batch
from mmfundus.train import checkpoint, finish, optim
from mmfundus.train.config import Config
from mmfundus.train.start import Run, begin
from mmfundus.train.watch import zero_shot_score
from mmfundus.types import Refusal


@dataclass(frozen=True)
class Summary:
    """What a run did."""

    out: Path
    step: int
    best_step: int
    best: float | None  # macro AUROC on the validation rows
    images: int
    refused: tuple[Refusal, ...]


def train(
    config: Config,
    out: Path,
    on_evaluation: Callable[[Path], None] = lambda out: None,
    card: Callable[[dict[str, Any]], str] = lambda facts: f"# {facts['name']}\n",
) -> Summary:
    """Train as configured into `out`; the same call goes on with a run that was cut off.

    Writes config.json, metrics.jsonl, latest/, best/ and model/. Calls `on_evaluation(out)` after
    each evaluation; `card` writes the model card from what is known of the model. Raises UsageError
    where `out` holds a run of another configuration, TrainingStopped on a loss that is not finite.
    """
    run = begin(config, out)
    at, every = run.progress, run.steps_per_epoch
    if at.step == 0:
        _account(run, run.validation.refusals, epoch=0)
        _judge(run, epoch=0)  # the start weights: what is learned must beat them
        on_evaluation(out)
    run.model.train()
    bar = tqdm(total=run.steps, initial=at.step, desc="training", unit="step", disable=None)
    while at.step < run.steps:
        epoch, done = divmod(at.step, every)
        places = loader.epoch_batches(len(run.rows), config.batch, config.seed, epoch)[done:]
        for batch in loader.batches(run.samples, places, run.model.tokens, run.concepts, config.workers):
            # ---- one update --------------------------------------------------------------------
            rate = optim.set_rate(run.optimizer, config, at.step, run.steps)
            loss, norm = _update(run, batch)
            at.step += 1
            _note(run, batch, epoch, loss=loss, norm=norm, lr=rate)
            bar.set_postfix(loss=f"{loss:.3f}", best="none" if at.best is None else f"{at.best:.3f}", refresh=False)
            bar.update()

            # ---- judge, keep the best, save ----------------------------------------------------
            if at.step % every == 0:
                _judge(run, epoch=epoch + 1)
            if at.step % every == 0 or at.step % config.checkpoint_every == 0:
                checkpoint.save(out / "latest", run.model, run.optimizer, at.facts())
                run.log.write("checkpoint", step=at.step, epoch=epoch, best_step=at.best_step, best=at.best)
            if at.step % every == 0:
                on_evaluation(out)
    bar.close()
    finish.write_model(run, card)
    run.log.write("stop", step=at.step, reason="all epochs done", best_step=at.best_step, best=at.best)
    on_evaluation(out)
    refused = tuple(Refusal(image, reason) for image, reason in at.refused.items())
    return Summary(out, at.step, at.best_step, at.best, len(run.rows), refused)


def _update(run: Run, batch: Batch) -> tuple[float, float]:
    """Learn from one batch; returns its loss and the gradient's norm. Nothing is learned if either is not finite."""
    if not len(batch):
        return float("nan"), 0.0
    features = run.model(batch.pixels, batch.tokens)
    parts = [weight * run.losses[name](features, batch) for name, weight in run.config.losses.items()]
    total = torch.stack(parts).sum()
    run.optimizer.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    learning = [parameter for group in run.optimizer.param_groups for parameter in group["params"]]
    norm = torch.nn.utils.clip_grad_norm_(learning, run.config.clip_norm or float("inf"), foreach=False)
    if not torch.isfinite(total) or not torch.isfinite(norm):
        raise TrainingStopped(
            f"Step {run.progress.step + 1}: the loss is {total.item():g} and its gradient's norm {norm.item():g}; "
            f"nothing was learned from it. The samples were {', '.join(batch.images)}. Lower the learning rate or "
            "look at them; the same command goes on from the last checkpoint."
        )
    run.optimizer.step()
    return total.item(), norm.item()


def _judge(run: Run, epoch: int) -> None:
    """Zero-shot on the validation rows; the best weights so far are kept, of equals the later."""
    at = run.progress
    score = zero_shot_score(TowerReader(run.model, "in training"), run.validation)
    run.model.train()
    run.log.write(
        "evaluate",
        step=at.step,
        epoch=epoch,
        macro_auroc=score.macro_auroc,
        modalities=dict(score.modalities),
        concepts=dict(score.concepts),
    )
    if score.macro_auroc is None or at.best is None or score.macro_auroc >= at.best:
        at.best, at.best_step = score.macro_auroc, at.step
        checkpoint.save(run.out / "best", run.model, None, at.facts())


def _note(run: Run, batch: Batch, epoch: int, **numbers: float) -> None:
    """The account of one step: what was seen, what was refused and why."""
    _account(run, batch.refused, epoch)
    scale = run.model.scale.item()
    run.log.write("step", step=run.progress.step, epoch=epoch, samples=len(batch), scale=scale, **numbers)


def _account(run: Run, refused: Sequence[Refusal], epoch: int) -> None:
    for item in refused:
        run.progress.refused[item.item] = item.reason
        run.log.write("refused", step=run.progress.step, epoch=epoch, image=item.item, reason=item.reason)
