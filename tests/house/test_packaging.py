"""What is promised of the install: one version, the extras of the contract, a small reader."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, entry_points
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import mmfundus

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Bytes, unpacked. The aim is 400 MB; docs/decisions/0001-table-library.md says what is owed.
# Lower it when a dependency goes, never raise it.
READER_LIMIT = 480_000_000


def reader_install() -> set[str]:
    """Names of the distributions that `pip install mmfundus` brings, by what is installed here."""
    found: set[str] = set()
    wanted = [Requirement(text) for text in PROJECT["dependencies"]]
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        if name not in found:
            found.add(name)
            wanted += [Requirement(text) for text in distribution(name).requires or ()]
    return found


def test_one_version() -> None:
    assert mmfundus.__version__ == PROJECT["version"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {mmfundus.__version__}" in changes


def test_extras_are_those_of_the_contract() -> None:
    assert set(PROJECT["optional-dependencies"]) == {"train", "dicom", "serve", "scale", "captions", "conformal", "dev"}


def test_the_reader_brings_no_torch() -> None:
    assert not reader_install() & {
        "torch",
        "torchvision",
        "open-clip-torch",
        "timm",
        "transformers",
        "polars",
        "pandas",
    }


def test_the_reader_is_small() -> None:
    sizes = {name: sum(file.size or 0 for file in distribution(name).files or ()) for name in reader_install()}
    assert min(sizes.values()) > 0, sizes
    assert sum(sizes.values()) < READER_LIMIT, sizes


def test_every_dependency_is_locked_with_hashes() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [i for i, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
    assert all("--hash=sha256:" in lines[i + 1] for i in pinned)
    locked = {canonicalize_name(lines[i].split("==")[0]) for i in pinned}
    extras = PROJECT["optional-dependencies"]
    asked = [Requirement(text) for text in PROJECT["dependencies"] + extras["train"] + extras["dev"]]
    assert {canonicalize_name(requirement.name) for requirement in asked} <= locked


def test_both_ways_to_start_are_the_same() -> None:
    (script,) = entry_points(group="console_scripts", name="mmfundus")
    assert script.value == "mmfundus.__main__:main"
    as_module = subprocess.run([sys.executable, "-m", "mmfundus", "--help"], capture_output=True, text=True)
    as_script = subprocess.run([Path(sys.executable).with_name("mmfundus"), "--help"], capture_output=True, text=True)
    assert as_module.returncode == as_script.returncode == 0
    assert as_module.stdout.replace("python -m mmfundus", "mmfundus") == as_script.stdout
