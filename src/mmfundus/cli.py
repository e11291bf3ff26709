"""The command line: which verb is meant, with which options. The only file that reads argv, the only door of tyro."""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import tyro

from mmfundus import NOTICE, __version__
from mmfundus.errors import UnknownName, explained
from mmfundus.train import recipes
from mmfundus.train.config import Config
from mmfundus.verbs import calibrating, data, dicom, judging, leakage, matrix, notes, reading, sources, training, words

VERBS: dict[str, Callable[..., int]] = {
    "demo": training.demo,
    "check": data.check,
    "leakage": leakage.leakage,
    "manifest": sources.manifest,
    "prepare": data.prepare,
    "shard": data.shard,
    "train": training.train,
    "evaluate": judging.evaluate,
    "calibrate": calibrating.calibrate,
    "embed": judging.embed,
    "card": judging.card,
    "predict": reading.predict,
    "report": dicom.report,
    "watch": dicom.watch,
    "pacs": dicom.pacs,
    "deidentify": dicom.deidentify,
    "caption": notes.caption,
    "concepts": words.concepts,
    "prompts": words.prompts,
}
ABOUT = f"The open vision-language toolkit for the eye. {NOTICE}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns 0 done, 1 the work failed or something was refused, 2 wrong call."""
    given = list(sys.argv[1:] if argv is None else argv)
    debug, args = "--debug" in given, [arg for arg in given if arg != "--debug"]
    try:
        code = _run(args)
        sys.stdout.flush()  # here, where a reader that has left can still be met
        return code
    except SystemExit as left:  # tyro's own: help, or a wrong call
        return left.code if isinstance(left.code, int) else 2
    except BrokenPipeError:  # `| head` has seen enough; what it was not shown is no error to speak of
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
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
        case ["evaluate", "matrix", *rest]:  # several models on several tables: other arguments than one model's tasks
            return int(tyro.cli(matrix.matrix, prog="mmfundus evaluate matrix", args=rest))
        case [verb, *rest] if verb in VERBS:
            return int(tyro.cli(VERBS[verb], prog=f"mmfundus {verb}", args=rest))
    raise UnknownName("verb", args[0], VERBS)


def _help() -> str:
    """The verbs, one line each; a verb's own --help says the rest."""
    lines = [f"  {verb:10} {(function.__doc__ or '').splitlines()[0]}" for verb, function in VERBS.items()]
    return "\n".join([ABOUT, "", "mmfundus VERB --help explains a verb:", "", *lines, "", "--debug shows tracebacks."])


def _train(recipe: str, options: Sequence[str]) -> int:
    """`train` with every field of the recipe as an option."""
    loaded = recipes.load(recipe)

    def told(out: Path, config: Config = loaded) -> tuple[Path, Config]:
        """What the options say.

        Args:
            out: Folder of the run: model/, best/, latest/, metrics.jsonl, report.html.
            config: The recipe, field by field.
        """
        return out, config

    plain = (tyro.conf.OmitArgPrefixes,)
    out, config = tyro.cli(told, prog=f"mmfundus train {recipe}", description=ABOUT, args=options, config=plain)
    return training.learn(config, out)
