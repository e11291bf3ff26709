"""The sample that ships with the package: 175 real images of four modalities, split by patient.

Made by recipes/sample.py, attributed in NOTICE. It is what the demo, the examples and many
tests run on; it is far too small to judge a model by.
"""

from dataclasses import replace
from importlib import resources
from pathlib import Path

from mmfundus.data import manifest as manifests
from mmfundus.types import Manifest


def path() -> Path:
    """The sample's manifest, beside its images."""
    return Path(str(resources.files("mmfundus.data") / "sample" / "manifest.csv"))


def manifest() -> Manifest:
    """The sample, read and checked like any other manifest."""
    return replace(manifests.read(path()), name="sample")


def named(name: str, root: Path | None = None) -> Manifest:
    """The sample for "sample", else the manifest at that path."""
    return manifest() if name == "sample" else manifests.read(Path(name), root)
