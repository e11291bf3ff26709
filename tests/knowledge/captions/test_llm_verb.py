"""The verb `caption --with llm` from end to end, against conftest.py's double, which is no language model."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmfundus import cli, tables
from mmfundus.knowledge.captions import llm

CANARIES = ("Quixley", "PID-99", "A1234567")
HEADER = "patient,note\n"


@pytest.fixture
def call(double, tmp_path):
    """Notes -> what the process printed, and its exit code."""

    def words(*notes: str) -> list[str]:
        rows = "".join(f'PID-99-{n},"{note}"\n' for n, note in enumerate(notes))
        (tmp_path / "r.csv").write_text(HEADER + rows, encoding="utf-8")
        told = ["caption", "r.csv", "--with", "llm", "--base-url", double.url, "--model", "tiny", "--out", "o.parquet"]
        return [*told, "--review", "review.html", "--disagreements", "d.csv", "--timeout", "0.5"]

    return words


def test_bad_answers_cost_only_themselves_and_names_stay_here(double, call, tmp_path, monkeypatch, capsys):
    def plan(note, seen):
        fault = note.split()[0]
        if fault == "bad":
            return double.act.writes("{no JSON")
        if seen == 1 and fault in ("full", "broken", "slow", "cut"):
            acts = {"full": double.act.status(429), "broken": double.act.status(500), "slow": double.act.silent(0.8)}
            return acts.get(fault, double.act.cut())
        return double.act.says(
            double.statement("gremlins", "drusen"), double.statement("drusen", "fog"),
            double.statement("drusen", "drusen"),
        )  # fmt: skip

    double.plan = plan
    kinds = ("bad", "full", "broken", "slow", "cut", "good")
    monkeypatch.chdir(tmp_path)
    code = cli.main(call(*(f"{kind} OD drusen. Mr Quixley, MRN A1234567" for kind in kinds)))
    told = capsys.readouterr()
    assert code == 1 and "6 records read, 1 refused" in told.out and "10 statements rejected" in told.out
    assert "tokens in" in told.out and "cannot be read" in told.err
    assert tables.read(tmp_path / "o.parquet")["present"] == ["drusen"] * 5
    made = tables.provenance(tmp_path / "o.parquet")
    assert made["model"] == "tiny" and made["prompt"].startswith("1.") and made["with"] == "llm"
    left = [told.out, told.err, double.wire, *(tmp_path / name for name in ("review.html", "d.csv"))]
    for place in left:
        text = place.read_text(encoding="utf-8") if isinstance(place, Path) else place
        assert not [word for word in CANARIES if word in text]


def test_after_a_kill_the_same_command_goes_on(double, call, tmp_path):
    answered = set()

    def hold(note, seen):
        if len(answered) >= 5:
            time.sleep(20)
        answered.add(note)
        return double.act.says(double.statement("drusen", "drusen"))

    double.plan = hold
    command = [sys.executable, "-m", "mmfundus", *call(*(f"OD drusen {n}" for n in range(12))), "--timeout", "60"]
    environment = {**os.environ, "PYTHONPATH": str(Path(llm.__file__).parents[3])}
    first = subprocess.Popen(command, cwd=tmp_path, env=environment)
    until = time.monotonic() + 60
    while len(list(tmp_path.rglob("*.json"))) < 5 or len(double.notes) < 9:
        assert time.monotonic() < until
        time.sleep(0.02)
    kept = set(answered)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert not (tmp_path / "o.parquet").exists()
    before = len(double.notes)
    double.plan = lambda note, seen: double.act.says(double.statement("drusen", "drusen"))
    second = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert second.returncode == 0, second.stderr
    after = double.notes[before:]
    assert not kept & set(after) and len(after) == len(set(after)) == 12 - len(kept)
    assert len(tables.read(tmp_path / "o.parquet")["present"]) == 12


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--model", "x"], "--model is for --with llm"),
        (["--with", "llm", "--model", "x"], "needs --base-url"),
        (["--with", "llm", "--workers", "2"], "--workers is for --with rules"),
        (["--with", "llm", "--base-url", "http://192.0.2.1/v1", "--model", "x"], "--allow-remote"),
        (["--with", "llm", "--base-url", "http://localhost\r\nX-Evil: 1", "--model", "x"], "no address"),
        (["--review", "page.txt"], ".html"),
    ],
)
def test_a_wrong_call_is_told_before_the_work(options, words, call, tmp_path, monkeypatch, capsys):
    call("OD drusen")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["caption", "r.csv", "--out", "o.csv", *options]) == 2
    assert words in capsys.readouterr().err and not (tmp_path / "o.csv").exists()


def test_the_program_of_the_docs_runs(double, tmp_path, monkeypatch, capsys):
    page = (Path(__file__).parents[3] / "docs" / "captions-llm.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    double.plan = lambda note, seen: double.act.says(double.statement("moderate_npdr", "mod NPDR"))
    exec(program.replace("http://localhost:8000/v1", double.url), {})
    assert "moderate_npdr" in capsys.readouterr().out
    assert list((tmp_path / "answers").rglob("*.json"))


@pytest.mark.parametrize("page", ["captions.md", "captions-llm.md"])
def test_the_commands_of_the_docs_run(page, double, tmp_path, monkeypatch):
    text = (Path(__file__).parents[3] / "docs" / page).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.startswith("mmfundus caption ")]
    monkeypatch.chdir(tmp_path)
    Path("records.csv").write_text(HEADER + 'p1,"OD: mod NPDR. OS: normal."\n', encoding="utf-8")
    Path("manifest.csv").write_text("image,modality,patient,eye\na.png,cfp,p1,R\n", encoding="utf-8")
    assert lines
    for line in lines:
        words = shlex.split(line.replace("http://localhost:8000/v1", double.url))[1:]
        assert cli.main(words) == 0
        for option in ("--out", "--review", "--report", "--disagreements"):
            assert option not in words or Path(words[words.index(option) + 1]).is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--out", "r.csv"], "is read; nothing is written over it"),
        (["--out", "o.csv", "--report", "./o.csv"], "is written already"),
        (["--out", "folder.csv"], "is a folder"),
    ],
)
def test_nothing_is_written_over_what_was_read_or_written(tmp_path, monkeypatch, capsys, words, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "r.csv").write_text(HEADER + "1,OD drusen\n", encoding="utf-8")
    assert cli.main(["caption", "r.csv", *words]) == 2
    assert told in capsys.readouterr().err
    assert (tmp_path / "r.csv").read_text(encoding="utf-8") == HEADER + "1,OD drusen\n"
