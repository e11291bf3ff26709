"""The whole way once, in processes of their own, as a user walks it: minutes, so only `make check-all` does."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from mmfundus import NOTICE

MMFUNDUS = Path(sys.executable).with_name("mmfundus")


def run(folder, *arguments):
    done = subprocess.run([MMFUNDUS, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_demo_shows_what_it_promises(tmp_path):
    printed = run(tmp_path, "demo")
    out = tmp_path / "demo"
    for name in ("index.html", "run/report.html", "run/model/model.json", "evaluation/predictions.parquet"):
        assert (out / name).is_file()

    result = json.loads((out / "evaluation" / "metrics.json").read_text(encoding="utf-8"))
    assert result["macro"]["auroc"]["low"] > 0.5
    assert set(result["modalities"]) == {"cfp", "oct", "fa"}
    assert (result["n_refused"], result["not_judged"].keys()) == (0, {"slo"})
    for name in ("all", "cfp", "oct", "fa"):
        (line,) = [line for line in printed.splitlines() if line.strip().startswith(f"{name} ")]
        assert "macro AUROC" in line
        assert "start weights" in line

    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count("<article") == 6
    assert page.count("exactly to the cosine score") == 6
    assert NOTICE in page
    assert NOTICE in printed
    assert str(tmp_path) not in page

    commands = [line.strip() for line in printed.splitlines() if line.startswith("  mmfundus ")]
    assert [shlex.split(command)[1] for command in commands] == ["predict", "check", "train"]
    for command in commands[:2]:
        run(tmp_path, *shlex.split(command)[1:])
    assert (tmp_path / "read" / "index.html").is_file()
    assert (tmp_path / "check.csv").is_file()
