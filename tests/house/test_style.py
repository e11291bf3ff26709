"""The house rules that a machine can see; STYLE in CONTRIBUTING.md says why each stands."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "mmfundus"
LONGEST_FILE = 300  # lines
LONGEST_FUNCTION = 60  # lines
VAGUE_NAMES = {"base", "common", "helpers", "misc", "registry", "util", "utils"}
MAY_PRINT = {"cli.py", "demo.py", "verbs"}

# Written in parts, so that this file does not hold what it looks for.
HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"))]
HOST = re.compile("|".join(re.escape(host) for host in HOSTS))
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|root|work|mnt|opt|Users)" + r"/[\w.]|\b[A-Z]:\\Users")

VERB_FILES = (
    "_ends",
    "_reviewing",
    "calibrating",
    "data",
    "dicom",
    "judging",
    "leakage",
    "matrix",
    "notes",
    "reading",
    "sources",
    "training",
    "words",
)
# Source files without a test at the mirrored path, and why.
NO_MIRROR = {
    "__main__.py": "one call; tests/house/test_packaging.py starts it in a process of its own",
    "types.py": "names only; tests/house/test_shapes.py builds them right and wrong",
    "tensors.py": "names only; tests/house/test_shapes.py builds them right and wrong",
    **{f"verbs/{name}.py": "tests/test_cli.py calls it as users do" for name in VERB_FILES},
}


def tracked() -> list[Path]:
    """What git tracks, and what it would if everything were added now."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


TRACKED = tracked()
SOURCES = [path for path in TRACKED if path.suffix == ".py"]
TEXTS = [path for path in TRACKED if b"\0" not in path.read_bytes()[:8192]]


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}


def test_there_is_something_to_look_at() -> None:
    assert PACKAGE / "errors.py" in SOURCES
    assert ROOT / "pyproject.toml" in TEXTS


def test_files_are_short() -> None:
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_functions_are_short(trees: dict[Path, ast.Module]) -> None:
    lengths = {
        f"{shown(path)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_no_bare_except(trees: dict[Path, ast.Module]) -> None:
    bare = [
        f"{shown(path)}:{node.lineno}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert bare == []


def test_only_the_command_line_prints(trees: dict[Path, ast.Module]) -> None:
    prints = [
        f"{shown(path)}:{node.lineno}"
        for path, tree in trees.items()
        if path.is_relative_to(PACKAGE) and path.relative_to(PACKAGE).parts[0] not in MAY_PRINT
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert prints == []


def test_names_say_what_is_inside() -> None:
    parts = {path: path.relative_to(ROOT).with_suffix("").parts for path in SOURCES}
    vague = [shown(path) for path, names in parts.items() if {name.strip("_") for name in names} & VAGUE_NAMES]
    assert vague == []


def test_no_registry_hosts() -> None:
    assert [shown(path) for path in TEXTS if HOST.search(path.read_text(encoding="utf-8", errors="replace"))] == []


def test_no_paths_of_a_machine() -> None:
    found = {shown(path): MACHINE_PATH.search(path.read_text(encoding="utf-8", errors="replace")) for path in TEXTS}
    assert {name: match.group() for name, match in found.items() if match} == {}


@pytest.mark.parametrize("text", ["see |home/me/x.jpg", "'|root/.cache'", "C:|Users"])
def test_paths_of_a_machine_are_recognised(text: str) -> None:
    assert MACHINE_PATH.search(text.replace(":|", ":\\").replace("|", "/"))


@pytest.mark.parametrize("text", ["example.org/home/x", "a/work/b", "../opt/x", "/usr/bin/env", "</root/>"])
def test_other_paths_are_not(text: str) -> None:
    assert not MACHINE_PATH.search(text)


def test_every_source_file_has_its_test() -> None:
    def defines(path: Path) -> bool:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)

    names = [path.relative_to(PACKAGE) for path in SOURCES if path.is_relative_to(PACKAGE)]
    owed = [name for name in names if name.name != "__init__.py" or defines(PACKAGE / name)]
    mirrors = {name.as_posix(): ROOT / "tests" / name.parent / f"test_{name.name}" for name in owed}
    without = {name for name, mirror in mirrors.items() if not mirror.is_file()}
    assert sorted(without - set(NO_MIRROR)) == []
    assert sorted(set(NO_MIRROR) - without) == [], "NO_MIRROR names files that have a test or are gone"
