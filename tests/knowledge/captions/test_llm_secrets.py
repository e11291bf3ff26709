"""What never leaves or shows: canaries, keys; against conftest.py's double, which is no language model."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmfundus.errors import MissingExtra, UsageError, WorkError
from mmfundus.knowledge.captions import llm
from mmfundus.types import Record

NOTE = "OD: mod NPDR w/o CSME, old drusen. OS: s/p RD repair 2019, flat."


CANARIES = (
    "Zebulon Quixley", "Quixley", "Zebulon", "A1234567", "943 476 5919", "01632 960 222", "14 March 2019", "14/03/2019",
    "zq@clinic.example", "14b Old Mill Lane", "NR21 0HY", "Óhidalgo", "PID-99-Ü1",
)  # fmt: skip
TOLD = """Dear Dr María Óhidalgo, re: Zebulon Quixley, MRN A1234567, NHS 943 476 5919, DOB 14/03/2019,
tel 01632 960 222, zq@clinic.example, 14b Old Mill Lane, Snoring NR21 0HY. Seen 14 March 2019, file PID-99-Ü1.
Mr Quixley has OD: mod NPDR, Best disease OS. QUIXLEY to return."""


def test_canaries_never_reach_the_wire(double, asking, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    double.plan = lambda note, seen: double.act.writes("no JSON")  # so that the mending request is looked at too
    list(asking(cache=tmp_path).many([Record("PID-99-Ü1", TOLD)]))
    assert len(double.notes) == 2
    kept = "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    for canary in CANARIES:
        for form in (canary, canary.upper(), json.dumps(canary)[1:-1]):
            assert form not in double.wire and form not in caplog.text and form not in kept
    assert "mod NPDR, Best" in double.wire


def test_the_key_is_in_one_header_and_nowhere_else(double, asking, good, tmp_path, caplog, capfd, monkeypatch):
    key = "sk-canary-77"
    monkeypatch.setenv("MMFUNDUS_API_KEY", f" {key}\n")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-other-admin")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-canary")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-canary")
    caplog.set_level(logging.DEBUG)
    double.plan = lambda note, seen: double.act.status(500, {"error": key}) if seen == 1 else good
    model = asking(cache=tmp_path)
    said = model(NOTE)
    for received, body in double.requests:
        assert received.decode().lower().count(f"authorization: bearer {key}") == 1
        assert received.decode().count(key) == 1 and key not in json.dumps(body)
    assert "sk-other" not in double.wire and "org-canary" not in double.wire and "proj-canary" not in double.wire
    kept = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    printed = "".join(capfd.readouterr())
    for place in (caplog.text, kept, printed, repr(said), repr(model.provenance), repr(vars(model))):
        assert key not in place


def test_without_a_key_no_header_is_sent(double, asking):
    asking()(NOTE)
    assert "authorization" not in double.wire.lower()


def test_openais_own_variable_is_read_too(double, asking, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    asking()(NOTE)
    assert "Bearer sk-other" in double.wire


def test_a_key_that_no_header_can_carry_is_refused_unseen(asking, monkeypatch):
    monkeypatch.setenv("MMFUNDUS_API_KEY", "sk-cafe\nX-Evil: 1")
    with pytest.raises(UsageError, match="MMFUNDUS_API_KEY") as raised:
        asking()
    assert "cafe" not in str(raised.value)


def test_proxies_of_the_environment_are_not_used_for_this_computer(double, asking, good, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    double.plan = lambda note, seen: good
    assert asking()(NOTE).refused == ""


def test_a_redirect_is_not_followed(double, asking, good):
    elsewhere = type(double)()
    double.plan = lambda note, seen: double.act.status(307, Location=f"{elsewhere.url}/chat/completions")
    with pytest.raises(WorkError, match="not followed"):
        asking()(NOTE)
    assert elsewhere.requests == []
    elsewhere.close()


def test_another_computer_is_refused_before_anything_is_sent(asking):
    with pytest.raises(UsageError, match="--allow-remote"):
        asking(base_url="http://192.0.2.7:8000/v1")


def test_a_model_must_be_named(asking):
    with pytest.raises(UsageError, match="--model"):
        asking(model=" ")


def test_without_the_library_the_install_is_named(asking, monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(MissingExtra, match=r"mmfundus\[captions\]"):
        asking()


def test_the_plugin_loads_without_the_library():
    code = "import sys; import mmfundus.knowledge.captions.llm; print('openai' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(Path(llm.__file__).parents[3])}
    assert subprocess.check_output([sys.executable, "-c", code], env=environment, text=True).strip() == "False"
