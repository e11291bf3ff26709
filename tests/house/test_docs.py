"""Every command in docs/ is a call that exists, with options that exist."""

import re
import shlex
from pathlib import Path

import pytest
from torch.distributed.run import get_args_parser

from mmfundus import cli
from mmfundus.train import recipes
from mmfundus.verbs import training

ROOT = Path(__file__).parents[2]
BLOCKS = [
    (path.name, line)
    for path in sorted((ROOT / "docs").glob("*.md"))
    for block in re.findall(r"^```bash\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith(("mmfundus train", "torchrun"))
]


@pytest.mark.parametrize(("page", "line"), BLOCKS)
def test_a_training_command_is_one(page, line, monkeypatch):
    """The launcher takes its part, and our command line the rest: recipe, fields and all."""
    words = shlex.split(line)
    if words[0] == "torchrun":
        told = get_args_parser().parse_args(words[1:])
        assert (told.module, told.training_script) == (True, "mmfundus")
        words = [told.training_script, *told.training_script_args]
    begun = []
    monkeypatch.setattr(training, "learn", lambda config, out: begun.append((config, out)) or 0)
    monkeypatch.chdir(ROOT)
    assert cli.main(words[1:]) == 0
    ((config, out),) = begun
    assert str(out).startswith("runs/")
    if "--batch" in words:
        assert config.batch == int(words[words.index("--batch") + 1])


def test_the_ways_to_several_processes_are_shown():
    lines = [line for page, line in BLOCKS if page == "training.md"]
    assert any("--nproc-per-node=8" in line and "--nnodes" not in line for line in lines)
    assert any("--nnodes=2" in line for line in lines)


def test_every_shipped_recipe_is_described():
    page = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in page for name in recipes.shipped())
