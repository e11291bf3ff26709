"""The model directory: everything a reader needs in one folder, each file with its digest.

model.json          what it is: format, towers, picture side, preparation versions, digests
weights.safetensors weights of both towers, for training on
image.onnx          uint8 pictures -> unit vectors (and projected positions)
text.onnx           token ids -> unit vectors
tokenizer.json      text -> token ids
prompts.json        what is asked for each concept of each modality
prompts.safetensors the text tower's answer to each of those prompts
card.md             model card
calibration.json    where `calibrate` made it: what probabilities of labels asked together are worth
fingerprints.parquet  what its training images are known by (data/fingerprints.py); may be left out
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmfundus import __version__, plugins
from mmfundus.errors import BrokenModel, UsageError

FORMAT = 1
DESCRIBED = ("name", "architecture", "tokenizer", "scale", "exact_map", "trained_on", "concepts")
REQUIRED = ("image.onnx", "text.onnx", "tokenizer.json", "prompts.json", "prompts.safetensors", "weights.safetensors")


@dataclass(frozen=True)
class Bundle:
    """An opened model directory; files are checked against their digest when asked for."""

    folder: Path
    info: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the model is called in results."""
        return str(self.info["name"])

    @property
    def size(self) -> int:
        """Side of the prepared picture in pixels."""
        return int(self.info["architecture"]["size"])

    def file(self, name: str) -> Path:
        """Path of a part that is there and unaltered. Raises BrokenModel."""
        path, entry = self.folder / name, self.info["files"].get(name)
        if entry is None or not path.is_file():
            raise BrokenModel(f"The model {self.name!r} has no {name}. Copy the whole directory again.")
        if path.stat().st_size != entry["bytes"] or _digest(path) != entry["sha256"]:
            raise BrokenModel(
                f"{name} of the model {self.name!r} is not what was sealed (digest differs). Copy it again."
            )
        return path

    def json(self, name: str) -> Any:
        """A JSON part, checked."""
        return json.loads(self.file(name).read_text(encoding="utf-8"))


def open_bundle(folder: Path) -> Bundle:
    """Open a model directory. Raises UsageError (not one) or BrokenModel (cannot be read right)."""
    described = folder / "model.json"
    if not described.is_file():
        raise UsageError(f"{str(folder)!r} is not a model directory: it has no model.json.")
    try:
        info = json.loads(described.read_text(encoding="utf-8"))
        version, missing = info["format"], [name for name in REQUIRED if name not in info["files"]]
        missing += [f"its {name}" for name in DESCRIBED if name not in info]
        versions = dict(info["modalities"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BrokenModel(f"model.json of {folder.name!r} cannot be read. Copy the directory again.") from None
    if version != FORMAT:
        raise BrokenModel(
            f"{folder.name!r} has format {version}; this mmfundus reads format {FORMAT}. Update mmfundus."
        )
    if missing:
        raise BrokenModel(f"model.json of {folder.name!r} does not list {missing[0]}. Copy the directory again.")
    _check_preparation(folder.name, versions)
    return Bundle(folder, info)


def modality_versions() -> dict[str, int]:
    """Version of each modality's preparation, as installed."""
    package = "mmfundus.modalities"
    return {name: plugins.load(package, name).VERSION for name in plugins.names(package)}


@contextmanager
def being_made(folder: Path) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of `folder` when the block ends without an error."""
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        yield beside
        if folder.exists():
            older = folder.with_name(f".{folder.name}.{os.getpid()}.old")
            folder.rename(older)
            beside.rename(folder)
            shutil.rmtree(older)
        else:
            beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def seal(folder: Path, info: Mapping[str, Any]) -> None:
    """Write model.json with a digest of every other file of the folder; the last step of making one."""
    files = {
        path.name: {"sha256": _digest(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.name != "model.json"
    }
    described = {"format": FORMAT, "made_by": f"mmfundus {__version__}", **info, "files": files}
    text = json.dumps(described, indent=1, sort_keys=True)
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")
    for path in folder.iterdir():
        shutil.copymode(folder / "model.json", path)  # safetensors writes for its owner alone; a model is passed on


def check_free(model: Bundle, out: Path) -> None:
    """Raise UsageError where `out` is the model itself or holds something that is no model."""
    if out.resolve() == model.folder.resolve():
        raise UsageError(f"{str(out)!r} is the model itself. Give a new directory, so that the old one stays.")
    if out.exists() and not (out / "model.json").is_file():
        raise UsageError(f"{str(out)!r} is there and is not a model directory. Give a new directory.")


def with_part(model: Bundle, out: Path, name: str, text: str, said: Mapping[str, Any], card: str = "") -> None:
    """A new model directory: all that `model` holds, each file checked, with one more part (or that part anew).

    `said` goes into model.json, `card` to the end of card.md. Raises BrokenModel for an altered part, and
    UsageError as `check_free` does.
    """
    check_free(model, out)
    with being_made(out) as folder:
        for part in model.info["files"]:
            shutil.copyfile(model.file(part), folder / part)
        (folder / name).write_text(text, encoding="utf-8")
        if card:
            with open(folder / "card.md", "a", encoding="utf-8") as file:
                file.write(card)
        seal(folder, {k: v for k, v in model.info.items() if k not in ("format", "made_by", "files")} | dict(said))


def _check_preparation(name: str, versions: Mapping[str, int]) -> None:
    here = modality_versions()
    for modality, version in versions.items():
        if here.get(modality) != version:
            raise BrokenModel(
                f"The model {name!r} was trained on {modality} pictures of preparation version {version}; this "
                f"mmfundus prepares version {here.get(modality)}, which it was not trained on. Install the mmfundus "
                "it was made by, or train again."
            )


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
