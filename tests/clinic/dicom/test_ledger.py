import subprocess
import sys

import pytest

from mmfundus.clinic.dicom.ledger import Ledger

DIGEST = "ab" + "0" * 62


def test_an_entry_is_there_for_whoever_comes_next(tmp_path):
    first = Ledger(tmp_path / "out" / "ledger")
    assert not first.has(DIGEST)
    first.enter(DIGEST, {"file": "a.dcm"})
    first.close()
    second = Ledger(tmp_path / "out" / "ledger")
    assert second.has(DIGEST) and list(second.entries()) == [(DIGEST, {"file": "a.dcm"})]


def test_an_entry_that_cannot_be_written_is_not_half_there(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    with pytest.raises(ValueError):
        ledger.enter(DIGEST, {"probability": float("nan")})
    assert not ledger.has(DIGEST) and list(ledger.entries()) == []


def test_half_files_of_a_killed_process_are_cleared(tmp_path):
    folder = tmp_path / "ledger" / "ab"
    folder.mkdir(parents=True)
    (folder / f".{DIGEST}.json.77.part").write_text("{")
    assert list(Ledger(tmp_path / "ledger").entries()) == []
    assert list(folder.iterdir()) == []


def test_two_processes_do_not_share_one(tmp_path):
    pytest.importorskip("fcntl")
    code = "import pathlib\nfrom mmfundus.clinic.dicom.ledger import Ledger\n"
    code += f"Ledger(pathlib.Path({str(tmp_path / 'l')!r}))"
    held = Ledger(tmp_path / "l")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "WorkError: Another watch is writing to" in done.stderr
    held.close()
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
