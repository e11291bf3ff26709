"""Recipes, shipped and a user's own: a Python file with `recipe() -> Config`."""

import importlib.util
from pathlib import Path
from typing import Any

import mmfundus
from mmfundus.errors import UnknownName, UsageError
from mmfundus.train.config import Config


def shipped() -> dict[str, Path]:
    """Shipped recipes by name: in the wheel beside the code, in a checkout at its root.

    Their folder also holds programs that make data; those are no recipes.
    """
    package = Path(mmfundus.__file__).parent
    folders = (package / "recipes", package.parents[1] / "recipes")
    found = next((folder for folder in folders if folder.is_dir()), None)
    files = sorted(found.glob("*.py")) if found else []
    return {path.stem: path for path in files if "def recipe(" in path.read_text(encoding="utf-8")}


def load(recipe: str) -> Config:
    """The Config of a shipped recipe's name or of a Python file. Raises UsageError."""
    known = shipped()
    path = known.get(recipe, Path(recipe))
    if not path.is_file():
        raise UnknownName("recipe", recipe, known)
    config = _run(path)
    if not isinstance(config, Config):
        raise UsageError(f"{path.name} is no recipe: it needs a function recipe() that returns a Config.")
    return config


def _run(path: Path) -> Any:
    """What the file's recipe() returns; None where it has none."""
    if path.suffix != ".py":
        raise UsageError(f"{path.name} is no recipe: a recipe is a Python file, and its name ends in .py.")
    spec = importlib.util.spec_from_file_location(f"recipe_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        return module.recipe() if hasattr(module, "recipe") else None
    except UsageError:
        raise
    except Exception as error:  # a recipe is its author's program, and may raise anything
        raise UsageError(
            f"{path.name} cannot be run: {type(error).__name__}: {error}. Correct it, or see where with --debug."
        ) from error
