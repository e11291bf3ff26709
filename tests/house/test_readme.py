"""What a reader is shown is run: every block of the README, every example, every link.

Blocks run in the README's order in a scratch copy in which `demo/run/model` is a tiny model that
learned nothing. The blocks that train are marked slow; only those of NOT_RUN are merely checked to
be calls that exist.
"""

import functools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mmfundus import cli
from mmfundus.data import manifest
from mmfundus.data.splits import patient_key

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
DECISIONS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "decisions").glob("*.md"))

# First lines of blocks that are not run, and why.
NOT_RUN = {
    "make demo": "trains and tests for minutes, and would start this test again",
    "pip install .": "needs a package index",
    "mmfundus train examples/own_recipe.py --model": "the recipe made smaller below is this very call",
    "mmfundus predict eye.jpg --model": "needs weights that the user brings, and a hub",
    "mmfundus manifest idrid": "needs a data set that the user downloads; tests/data/sources runs made ones",
}
# What is made small in the scratch copy, so that a command that takes minutes takes seconds.
SMALLER = {"examples/own_recipe.py": {'model="lite0-minilm"': 'model="demo/run/model"', "epochs=12": "epochs=1"}}


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins in the README, its language and its text."""

    line: int
    language: str
    text: str


def blocks() -> list[Block]:
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [Block(README.count("\n", 0, it.start()) + 1, it[1], it[2]) for it in found]


def why_not_run(block: Block) -> str:
    return next((why for start, why in NOT_RUN.items() if block.text.startswith(start)), "")


BLOCKS = blocks()
RUN = [block for block in BLOCKS if block.language in ("bash", "python") and not why_not_run(block)]
UNRUN = [block for block in BLOCKS if why_not_run(block)]
SLOW = [block for block in RUN if "runs/oct" in block.text]  # they train, or need what was trained; last in the README
QUICK = RUN[: -len(SLOW)]
ids = "line {0.line}".format
EndOf = Callable[[Block], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory, tiny_model_folder: Path) -> Path:
    """As a fresh clone after `make demo`, with a tiny model and shorter recipes."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "src").symlink_to(ROOT / "src")
    (folder / ".venv").symlink_to(sys.prefix)
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    for name, changes in SMALLER.items():
        text = (folder / name).read_text(encoding="utf-8")
        for long, short in changes.items():
            assert long in text, f"{name} has no {long} to make smaller"
            text = text.replace(long, short)
        (folder / name).write_text(text, encoding="utf-8")
    model = shutil.copytree(tiny_model_folder, folder / "demo" / "run" / "model")
    described = json.loads((model / "model.json").read_text(encoding="utf-8"))
    described |= {"trained_on": ["cfp", "fa", "oct", "slo"]}  # as the demo's model
    (model / "model.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def start(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run in the scratch copy, with the commands of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "2"}
    return subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def end_of(scratch: Path) -> EndOf:
    """How a block ended; what the README shows before it is run before it, once."""
    shells = {"bash": ("bash", "-eu", "-c"), "python": (sys.executable, "-c")}
    ends: dict[int, subprocess.CompletedProcess[str]] = {}

    def run(block: Block) -> subprocess.CompletedProcess[str]:
        for it in RUN[: RUN.index(block) + 1]:
            if it.line not in ends:
                ends[it.line] = start(scratch, *shells[it.language], it.text)
        return ends[block.line]

    return run


@pytest.mark.parametrize(
    "block", [pytest.param(it, marks=pytest.mark.slow if it in SLOW else ()) for it in RUN], ids=ids
)
def test_block_works_as_printed(block: Block, end_of: EndOf) -> None:
    end = end_of(block)
    # A model that learned nothing may not know a modality; to refuse then is what the README says.
    unsure = "--modality" not in block.text and "Its modality is unclear" in end.stderr
    assert end.returncode == 0 or (end.returncode == 1 and unsure), end.stdout + end.stderr


def test_blocks_left_what_the_readme_says(scratch: Path, end_of: EndOf) -> None:
    end_of(QUICK[-1])
    made = ["read/index.html", "read/predictions.csv", "read/0001-01_h-map.png", "seen.png", "check.csv", "found.json"]
    assert [name for name in made if not (scratch / "demo" / name).is_file()] == []
    assert json.loads((scratch / "demo" / "found.json").read_text(encoding="utf-8"))["images"][0]["findings"]


@pytest.mark.slow
def test_training_left_what_the_readme_says(scratch: Path, end_of: EndOf) -> None:
    end_of(SLOW[-1])
    made = ["model/model.json", "report.html", "metrics.jsonl", "config.json", "latest/step-*.safetensors"]
    made = [f"runs/oct/{name}" for name in (*made, "best/step-*.safetensors")]
    made += [f"runs/oct-judged/{name}" for name in ("metrics.json", "predictions.parquet", "report.html")]
    assert [name for name in made if not any(path.is_file() for path in scratch.glob(name))] == []


def test_example_manifest_is_split_by_patient(scratch: Path, end_of: EndOf) -> None:
    end_of(QUICK[-1])
    rows = manifest.read(scratch / "demo" / "oct" / "manifest.csv").rows
    assert len(rows) == 60
    splits: dict[str, set[str]] = {}
    for row in rows:
        splits.setdefault(patient_key(row), set()).add(row.split)
    assert len(splits) < 60, "the pattern found no patient with several scans"
    assert all(len(of_patient) == 1 for of_patient in splits.values())
    assert {row.present for row in rows if "/CNV" in row.image} == {("choroidal_neovascularization",)}
    assert all(row.absent == () for row in rows)


def test_example_with_exclusive_classes(scratch: Path, end_of: EndOf) -> None:
    end_of(QUICK[-1])
    shutil.copytree(scratch / "demo" / "oct", scratch / "classes")
    call = (sys.executable, "-m", "mmfundus", "manifest", "folder", "classes", "--modality", "oct")
    call = (*call, "--out", "classes/manifest.csv")
    assert start(scratch, *call, "--exclusive").returncode == 0
    absent = {row.present: row.absent for row in manifest.read(scratch / "classes" / "manifest.csv").rows}
    assert absent[("drusen",)] == ("choroidal_neovascularization", "diabetic_macular_edema")
    assert absent[("normal",)] == ()  # implied, not written
    wrong = start(scratch, *call, "--patient", r"eye(\d+)")
    assert wrong.returncode == 1 and "does not match --patient" in wrong.stderr


def test_example_reads_images(scratch: Path) -> None:
    images = ["src/mmfundus/data/sample/images/hrf/02_g.jpg", "README-is-not-here.jpg"]
    end = start(scratch, sys.executable, "examples/read_images.py", "demo/run/model", "cfp", *images)
    assert end.returncode == 0, end.stderr
    assert re.search(r"02_g\.jpg\s*\n  [01]\.\d{3}  \w+ +most from 0\.\d\d across, 0\.\d\d down", end.stdout)
    assert "refused: There is no file" in end.stdout


def test_every_example_is_shown_and_run() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    names = [f"examples/{path.name}" for path in (ROOT / "examples").glob("*.py")]
    assert names
    assert [name for name in names if name not in README] == []
    assert [name for name in names if name not in here and not any(name in block.text for block in RUN)] == []


def commands() -> list[str]:
    """Calls in blocks that are not run, and calls within sentences."""
    lines = [line for block in UNRUN for line in block.text.splitlines() if line.strip()]
    return lines + re.findall(r"`((?:mmfundus|make) [^`]+)`", README)


def test_lists_of_blocks_are_true() -> None:
    assert len(UNRUN) == len(NOT_RUN)
    assert RUN == QUICK + SLOW and len(SLOW) == 2


@pytest.mark.parametrize("command", commands())
def test_call_that_is_not_run_exists(command: str) -> None:
    program, *words = shlex.split(command, comments=True)
    match program:
        case "make":
            assert words
            assert all(re.search(rf"^{word}:", (ROOT / "Makefile").read_text(), re.MULTILINE) for word in words)
        case "pip":
            extra = re.search(r"\[(\w+)\]", command)
            assert extra is None or f"\n{extra[1]} = [" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        case "mmfundus":
            options = {word for word in words if word.startswith("--")} - {"--help"}
            assert options <= known_options(tuple(words[: 2 if words[0] == "train" else 1])), command
        case _:
            pytest.fail(f"{command!r} is neither run nor known; run it or say here how it is checked")


@functools.cache
def known_options(verb: tuple[str, ...]) -> set[str]:
    """Options in the help screen of a verb; those of `train` depend on its recipe."""
    shown = start(ROOT, sys.executable, "-m", "mmfundus", *(word for word in verb if word[0] != "-"), "--help")
    assert shown.returncode == 0, shown.stderr
    return set(re.findall(r"--[a-z][a-z-]*", shown.stdout))


def test_manifest_shown_is_a_manifest(tmp_path: Path) -> None:
    (shown,) = [block.text for block in BLOCKS if block.language == "csv"]
    (tmp_path / "m.csv").write_text(shown, encoding="utf-8")
    rows = manifest.read(tmp_path / "m.csv").rows
    assert {row.split for row in rows} == {"train", "val", "test"}
    assert "age" in rows[0].extra


def test_manifest_columns_are_all_told() -> None:
    table = README[README.index("## The manifest") : README.index("## What comes out")]
    told = {name for line in table.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line)}
    assert set(manifest.COLUMNS) | {"caption"} <= told


def test_every_verb_is_shown_and_no_planned_one_is_built() -> None:
    planned = README[README.index("Promised and not built yet") : README.index("## Privacy")]
    assert [verb for verb in cli.VERBS if not re.search(rf"(mmfundus|make) {verb}\b", README)] == []
    assert [verb for verb in cli.VERBS if f"the verbs `{verb}`" in planned or f" `{verb}`," in planned] == []


@pytest.mark.parametrize("page", [*PAGES, *DECISIONS])
def test_links_point_to_something(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    headings = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.*)$", text, re.M)}
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings, target
        elif "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target


@pytest.mark.parametrize("page", [*PAGES, *DECISIONS])
def test_files_named_in_text_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[\w.]+/)+[\w.]+\.(?:py|toml|md|json|csv))`", text))
    made = re.compile(r"(^|/)x\.py$|^(demo|runs|RUN)/")  # places for plugins to come, and what commands write
    around = (ROOT, ROOT / "src" / "mmfundus")
    missing = [name for name in named if not made.search(name) and not any((it / name).exists() for it in around)]
    assert sorted(missing) == []


def test_picture_is_small_enough_for_a_front_page() -> None:
    assert 10_000 < (ROOT / "docs" / "images" / "demo.png").stat().st_size <= 400_000
