"""The reader loads no torch, and starting loads no slow library: seen in processes of their own."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLOW = {"duckdb", "matplotlib", "onnxruntime", "scipy", "sklearn", "torch", "transformers"}


def reader_rooms() -> list[str]:
    """The modules that the contract in pyproject.toml promises to be free of torch."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    return next(contract["source_modules"] for contract in contracts if contract["id"] == "torch-free")


def modules_after(code: str) -> set[str]:
    """Top-level modules that a fresh process holds after it ran `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split("\n")[-2].split())


def test_the_look_sees_torch() -> None:
    assert "torch" in modules_after("import mmfundus.tensors")


def test_importing_the_reader_loads_no_torch() -> None:
    code = f"""
import importlib, pkgutil
for room in {reader_rooms()!r}:
    module = importlib.import_module(room)
    for inside in pkgutil.walk_packages(getattr(module, "__path__", []), room + "."):
        importlib.import_module(inside.name)
"""
    loaded = modules_after(code)
    assert {"mmfundus", "numpy"} <= loaded
    assert not loaded & {"open_clip", "timm", "torch", "torchvision", "transformers"}


@pytest.mark.parametrize("arguments", [[], ["predict"]])
def test_help_loads_nothing_slow(arguments: list[str]) -> None:
    code = f"""
from mmfundus.__main__ import main
sys.argv = ["mmfundus", *{arguments!r}, "--help"]
try:
    main()
except SystemExit:
    pass
"""
    assert not modules_after(code) & SLOW
