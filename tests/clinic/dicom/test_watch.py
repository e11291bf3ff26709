"""What arrives is read once: settled, by its bytes, through kills at random moments, and with troubles tried again."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmfundus.clinic.dicom.ledger import Ledger
from mmfundus.clinic.dicom.watch import Watch
from mmfundus.errors import WorkError


@pytest.fixture
def inbox(tmp_path):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    return tmp_path / "in"


@pytest.fixture
def watching(inbox, tmp_path):
    """A watch that notes what it reads; at once, without waiting for files to settle."""
    seen = []

    def read(path):
        seen.append(path.name)
        return {"findings": {}}

    def start(settled=0.0, read=read):
        return Watch(inbox, Ledger(tmp_path / "out" / "ledger"), read, settled)

    start.seen = seen
    return start


def test_each_file_once_and_copies_not_again(inbox, watching):
    watch = watching()
    (inbox / "a.dcm").write_bytes(b"one")
    (inbox / "sub" / "b.dcm").write_bytes(b"two")
    assert [entry["file"] for entry in watch.once()] == ["a.dcm", "sub/b.dcm"]
    (inbox / "copy.dcm").write_bytes(b"one")
    assert list(watch.once()) == [] and list(watch.once()) == []
    assert watching.seen == ["a.dcm", "b.dcm"] and watch.waiting == 0


def test_a_file_that_still_grows_waits(inbox, watching, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    watch = watching(settled=2.0)
    (inbox / "a.dcm").write_bytes(b"half")
    assert list(watch.once()) == [] and watch.waiting == 1
    now[0] = 101.5
    (inbox / "a.dcm").write_bytes(b"half and more")
    assert list(watch.once()) == []
    now[0] = 103.0
    assert list(watch.once()) == []  # still for 1.5 seconds
    now[0] = 103.6
    assert [entry["bytes"] for entry in watch.once()] == [13]


def test_hidden_and_half_written_names_are_left_alone(inbox, watching):
    for name in (".a.dcm", "a.dcm.part", "a.tmp"):
        (inbox / name).write_bytes(b"x")
    (inbox / ".hidden").mkdir()
    (inbox / ".hidden" / "a.dcm").write_bytes(b"x")
    assert list(watching().once()) == []


def test_a_file_that_came_whole_after_a_refusal_is_read(inbox, watching):
    watch = watching()
    (inbox / "a.dcm").write_bytes(b"half")
    assert len(list(watch.once())) == 1
    time.sleep(0.01)
    (inbox / "a.dcm").write_bytes(b"half and more")
    assert len(list(watch.once())) == 1


def test_one_that_changes_while_it_is_read_is_not_entered_but_read_again(inbox, watching, tmp_path):
    def read(path):
        if path.read_bytes() == b"first":
            path.write_bytes(b"second, longer")
        return {}

    watch = watching(read=read)
    (inbox / "a.dcm").write_bytes(b"first")
    assert list(watch.once()) == []
    assert [entry["bytes"] for entry in watch.once()] == [14]
    assert [digest for digest, _ in watch.ledger.entries()] == [hashlib.sha256(b"second, longer").hexdigest()]


def test_trouble_is_said_and_the_file_tried_again_while_others_go_on(inbox, watching):
    down = [True]

    def read(path):
        if down[0] and path.name == "a.dcm":
            raise WorkError("The PACS does not answer.")
        return {}

    watch = watching(read=read)
    for name in "ab":
        (inbox / f"{name}.dcm").write_bytes(name.encode())
    assert [entry["file"] for entry in watch.once()] == ["b.dcm"]
    assert (watch.trouble, watch.waiting) == (["The PACS does not answer."], 1)
    down[0] = False
    assert [entry["file"] for entry in watch.once()] == ["a.dcm"]
    assert (watch.trouble, watch.waiting) == ([], 0)


def test_after_a_start_nothing_that_was_entered_is_looked_into_again(inbox, watching, monkeypatch):
    watch = watching()
    (inbox / "a.dcm").write_bytes(b"one")
    list(watch.once())
    watch.ledger.close()
    again = watching()
    monkeypatch.setattr("mmfundus.data.images.digest_bytes", lambda path: pytest.fail("read again"))
    assert list(again.once()) == []


def test_kills_at_random_moments_lose_nothing_and_do_nothing_twice(inbox, tmp_path):
    """60 files arrive while the watch is killed (SIGKILL) and started again; then it is let finish."""
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("needs SIGKILL")
    rng, out, kills = random.Random(3), tmp_path / "out", 0
    out.mkdir()
    command = [sys.executable, str(Path(__file__).with_name("watcher.py")), str(inbox), str(out)]

    def arrive(number):
        beside = inbox / f".{number}.part"
        beside.write_bytes(f"picture {number}".encode() * rng.randint(1, 2000))
        beside.rename(inbox / f"{number}.dcm")

    for start in range(0, 60, 10):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
            assert running.stdout.readline() == b"ready\n"
            for number in range(start, start + 10):
                arrive(number)
                time.sleep(rng.uniform(0, 0.01))
            time.sleep(rng.uniform(0, 0.12))
            os.kill(running.pid, signal.SIGKILL)
            kills += 1
    (out / "stop").touch()
    subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL)
    entries = [entry for _, entry in Ledger(out / "ledger").entries()]
    assert sorted(int(Path(entry["file"]).stem) for entry in entries) == list(range(60))
    written = sorted(name for entry in entries for name in entry["written"])
    assert sorted(path.name for path in out.glob("*-*.dcm")) == written and len(set(written)) == 120
    begun = (out / "begun.txt").read_text().split()
    assert set(begun) == {f"{number}.dcm" for number in range(60)} and len(begun) <= 60 + kills
    assert all((out / entry["written"][0]).read_bytes() == (inbox / entry["file"]).read_bytes() for entry in entries)


def test_the_verb_reads_what_is_there_once(call, dicoms, inbox, tmp_path, tiny_model_folder):
    dicoms.photograph(inbox / "a.dcm", dicoms.picture(60, 60))
    (inbox / "notes.txt").write_text("Canary")
    told = (
        "watch",
        inbox,
        "--model",
        tiny_model_folder,
        "--labels",
        "drusen,normal",
        "--out",
        tmp_path / "out",
        "--once",
    )
    done = call(*told, "--settled", "0")
    assert done.code == 1 and "a.dcm   cfp   0." in done.out
    assert "notes.txt   refused: 'notes.txt' is not a DICOM file." in done.out
    assert "2 files read, 1 of them refused, 0 left." in done.out
    kept = "".join(path.read_text() for path in (tmp_path / "out" / "ledger").glob("*/*.json"))
    assert not [word for word in dicoms.CANARIES if word in done.out + done.err + kept]
    made = sorted((tmp_path / "out").glob("*.dcm"))
    again = call(*told)
    assert "0 files read" in again.out and sorted((tmp_path / "out").glob("*.dcm")) == made


def test_a_wrong_call_of_the_verb(call, inbox, tmp_path, tiny_model_folder):
    assert "inside the inbox" in call("watch", inbox, "--model", tiny_model_folder, "--out", inbox / "out").err
    assert call("watch", tmp_path / "gone", "--model", tiny_model_folder, "--out", tmp_path / "out").code == 2
