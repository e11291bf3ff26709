"""The import contracts of pyproject.toml hold, and each of them notices when it is broken."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package of `folder`, not on the installed one."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package's Python files and the contracts, to be broken."""
    package = ROOT / "src" / "mmfundus"
    for source in package.rglob("*.py"):
        target = tmp_path / "src" / "mmfundus" / source.relative_to(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_contracts_are_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_copy_is_what_gets_linted(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract", "named"),
    [
        ("errors.py", "from mmfundus import cli", "Imports point down", "errors -> mmfundus.cli"),
        ("evaluate/__init__.py", "import mmfundus.models", "Imports point down", "evaluate -> mmfundus.models"),
        ("unplaced.py", "", "Imports point down", "mmfundus.unplaced"),
        ("modalities/cfp.py", "from mmfundus.modalities import oct", "Modalities do not know each other", "cfp"),
        ("losses/newest.py", "from mmfundus.losses import clip", "Losses do not know each other", "newest"),
        ("data/sources/ddr.py", "from mmfundus.data.sources import hrf", "Sources do not know each other", "ddr"),
        ("data/manifest.py", "import torch", "The reader runs without torch", "data.manifest -> torch"),
        ("knowledge/__init__.py", "from mmfundus import tensors", "The reader runs without torch", "knowledge"),
        ("errors.py", "import duckdb", "One door for each library", "errors -> duckdb"),
        ("train/newest.py", "import open_clip", "One door for each library", "train.newest -> open_clip"),
    ],
)
def test_a_broken_contract_is_noticed(copy: Path, file: str, line: str, contract: str, named: str) -> None:
    with open(copy / "src" / "mmfundus" / file, "a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    done = lint(copy)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout
    assert named in done.stdout
