"""What every test runs under: types checked while they run, few threads, real data where it is at hand."""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import install_import_hook
from PIL import Image

# Before torch or NumPy's BLAS read it: what tests compute is tiny, and several threads only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Every annotation of the package is checked when a test calls it. The numeric tower is that
# of PEP 484 and mypy: an int may stand where a float is asked for.
assert "mmfundus" not in sys.modules, "mmfundus was imported before its type checks were on"
install_import_hook("mmfundus", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real images beside the checkout; they may not be part of the repository."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the real images of ../shared/data, which are not beside this checkout")
    return folder


@dataclass(frozen=True)
class Done:
    """A call of the command line: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]):
    """Call the command line as a user types it; whatever happens, no traceback may be shown."""

    def run(*arguments: object) -> Done:
        from mmfundus.cli import main

        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        assert "A fault in mmfundus itself" not in printed.err
        return Done(code, printed.out, printed.err)

    return run


@pytest.fixture
def small_disk(tmp_path: Path):
    """Mount a disk of so many bytes; skipped where that is not allowed."""
    mounted = []

    def mount(size: int) -> Path:
        folder = tmp_path / f"disk-{len(mounted)}"
        folder.mkdir()
        told = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        if not shutil.which("mount") or subprocess.run(told, capture_output=True, check=False).returncode:
            pytest.skip("needs the right to mount a small disk")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class FakeReader:
    """Bright pictures lie near texts with "drusen", dark ones near "normal"; its map has a left and a right."""

    name, size, scale, exact_map = "fake", 32, 10.0, True
    trained_on = ("cfp", "oct")
    concepts = {"cfp": ("drusen", "normal")}  # noqa: RUF012 - as the protocol has it
    prompts = {"cfp": {"normal": [("a normal eye", 1.0)]}}  # noqa: RUF012
    calibration = {}  # noqa: RUF012

    def images(self, pixels):
        return self.look(pixels)[0]

    def look(self, pixels):
        halves = np.stack(np.split(pixels, 2, axis=2), axis=1).mean((2, 3, 4), dtype=np.float32) / 255
        positions = np.stack([halves, 1 - halves, np.full_like(halves, 0.5)], axis=-1)[:, None]
        vectors = positions.mean((1, 2))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), positions

    def texts(self, texts):
        vectors = np.array([["drusen" in text, "normal" in text, 0.3] for text in texts], np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def fake_reader() -> FakeReader:
    """A reader whose answers can be told beforehand."""
    return FakeReader()


@pytest.fixture(scope="session")
def tiny_clip():
    """A model of the same kind as the shipped one, small enough to train and export in a second."""
    return make_tiny_clip


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed model directory of `tiny_clip`, which learned nothing."""
    from mmfundus.models import graphs

    folder = tmp_path_factory.mktemp("models") / "tiny"
    prompts = {"cfp": {"normal": [("a normal fundus", 1.0), ("healthy retina", 0.5)], "drusen": [("drusen", 1.0)]}}
    info = {"name": "tiny", "trained_on": ["cfp", "oct"], "concepts": {"cfp": ["normal", "drusen"]}}
    graphs.save(make_tiny_clip(), folder, prompts=prompts, card="# tiny\n", info=info)
    return folder


def make_tiny_clip(seed: int = 0, size: int = 32):
    """Random weights from a seed; characters are its tokens."""
    import open_clip
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    from mmfundus.models.tokens import Tokens
    from mmfundus.models.towers import FundusCLIP

    characters = [chr(code) for code in range(32, 127)]
    vocabulary = {name: i for i, name in enumerate(["[PAD]", "[UNK]", *characters, "[END]"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$0 [END]", special_tokens=[("[END]", vocabulary["[END]"])]
    )
    torch.manual_seed(seed)
    vision = {"timm_model_name": "test_efficientnet", "timm_pool": "avg", "timm_proj": "linear", "image_size": size}
    text = {"context_length": 48, "vocab_size": len(vocabulary), "width": 32, "heads": 2, "layers": 1}
    config = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text, "custom_text": True}
    clip = open_clip.CustomTextCLIP(**{key: value for key, value in config.items() if key != "custom_text"})
    architecture = {"spec": "tiny", "open_clip": config, "size": size, "mean": [0.5] * 3, "std": [0.5] * 3}
    return FundusCLIP(clip, architecture, Tokens(tokenizer.to_str(), 48, pad=0, fixed=True), new=("clip.visual.head",))


@pytest.fixture
def eye_table(tmp_path: Path):
    """Bright = drusen, dark = normal; a scan that says nothing; in each split a file that is gone."""
    from mmfundus.types import Manifest, Row

    rows = []
    for i in range(12):
        name, grey = f"{i}.png", 220 if i % 2 else 30
        Image.new("RGB", (40, 40), (grey + i,) * 3).save(tmp_path / name)
        split = "test" if i < 8 else "val"
        rows.append(Row(name, "cfp", f"p{i}", present=("drusen" if i % 2 else "normal",), split=split))
    rows += [Row(f"gone-{split}.png", "cfp", split, present=("normal",), split=split) for split in ("test", "val")]
    rows.append(Row("silent.png", "slo", "s", split="test"))
    return Manifest(tuple(rows), tmp_path, "m.csv")


@pytest.fixture(scope="session")
def dicoms():
    """The makers of DICOM files, tests/dicom_files.py."""
    pytest.importorskip("pydicom", reason="needs the optional install [dicom]")
    spec = importlib.util.spec_from_file_location("dicom_files", Path(__file__).with_name("dicom_files.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def three_splits(tmp_path):
    """Bright eyes with drusen and dark ones without, in all three splits: what a probe can learn from."""
    from dataclasses import replace

    from mmfundus.types import Manifest, Row

    rows = []
    for i in range(40):
        bright, split = i % 2 == 1, ("train", "train", "val", "test")[i // 2 % 4]
        Image.new("RGB", (40, 40), ((200 if bright else 30) + i % 7,) * 3).save(tmp_path / f"{i:02}.png")
        said = "drusen of the macula" if bright else "normal eye"
        rows.append(Row(f"{i:02}.png", "cfp", f"p{i}", "R", present=("drusen" if bright else "normal",),
                        captions=(said,), split=split))  # fmt: skip
    rows += [replace(rows[-1], image=f"no-{i}.png", patient=f"n{i}", present=(), split="train") for i in range(2)]
    return Manifest(tuple(rows), tmp_path, "m.csv")
