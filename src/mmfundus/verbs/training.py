"""Training, and the whole way once."""

import sys
from pathlib import Path

from tyro.conf import Positional

from mmfundus import NOTICE
from mmfundus.tables import writable
from mmfundus.train import recipes
from mmfundus.train.config import Config
from mmfundus.verbs._ends import named, needs

WATCHED = {"macro_auroc": "macro AUROC", "loss": "loss", "text_recall": "text recall", "eye_recall": "eye recall"}


def demo(out: Path = Path("demo")) -> int:
    """Go the whole way once on the sample in the package: train briefly, judge, read six images.

    Research software, not a medical device.

    Args:
        out: Folder to write to.
    """
    with needs("The demo trains a model; it", "train"):
        from mmfundus.demo import run
    writable(out)
    return run(out)


def train(recipe: Positional[str], out: Path) -> int:
    """Train as a recipe says. `mmfundus train RECIPE --help` lists every field that can be given after it.

    Research software, not a medical device. The same command goes on with a run that was cut off.

    Args:
        recipe: A shipped recipe's name, or a Python file with `recipe() -> Config`.
        out: Folder of the run: model/, best/, latest/, metrics.jsonl, report.html.
    """
    return learn(recipes.load(recipe), out)


def learn(config: Config, out: Path) -> int:
    """`train` with the recipe's fields as the options left them."""
    with needs("Training", "train"):
        from mmfundus.train import loop
    from mmfundus.report import files
    from mmfundus.report.card import card

    writable(out)
    done = loop.train(config, out, files.write_run_page, card, on_damage=_warn)
    if not done.leads:
        return 0  # the leader's code is the run's: where another ends with 1, torchrun ends the leader too
    best = "not measured: the validation rows do not state enough" if done.best is None else f"{done.best:.3f}"
    watched = WATCHED[done.watched]
    print(f"{done.step} steps on {done.images} images; best step {done.best_step}, validation {watched} {best}.")
    print(f"Written to {done.out}: model/, best/, latest/, metrics.jsonl, report.html. {NOTICE}")
    return named([f"{item.item}: {item.reason}" for item in done.refused])


def _warn(sentence: str) -> None:
    print(f"warning: {sentence}", file=sys.stderr)
