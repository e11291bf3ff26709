"""The program that docs/captions-llm.md shows."""

import re
from pathlib import Path


def test_the_program_of_the_docs_runs(double, tmp_path, monkeypatch, capsys):
    page = (Path(__file__).parents[3] / "docs" / "captions-llm.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    double.plan = lambda note, seen: double.act.says(double.statement("moderate_npdr", "mod NPDR"))
    exec(program.replace("http://localhost:8000/v1", double.url), {})
    assert "moderate_npdr" in capsys.readouterr().out
    assert list((tmp_path / "answers").rglob("*.json"))
