"""The worker's caller: slow, dead and forked workers, several threads, a missing library."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("pydicom", reason="needs the optional install [dicom]")

from mmfundus.data.dicom import files
from mmfundus.errors import MissingExtra, UnreadableImage


@pytest.fixture
def path(dicoms, tmp_path):
    return dicoms.photograph(tmp_path / "a.dcm", dicoms.picture())


def test_dicom_is_known_by_content_or_ending(path, tmp_path):
    plain = path.rename(tmp_path / "IM00001")
    (tmp_path / "text.dcm").write_text("no")
    (tmp_path / "eye.png").write_bytes(b"x" * 200)
    (tmp_path / "folder.dcm").mkdir()
    assert files.is_dicom(plain) and files.is_dicom(tmp_path / "text.dcm")
    assert not any(map(files.is_dicom, (tmp_path / "eye.png", tmp_path / "folder.dcm", tmp_path / "gone.dcm")))


def test_a_worker_that_dies_is_replaced_and_its_file_refused(path, monkeypatch):
    files.frame(path, 1)
    for worker in files._idle:
        monkeypatch.setattr(type(worker), "alive", True)  # as if it died between the look and the question
        os.kill(worker._process.pid, signal.SIGKILL)
        worker._process.wait()
    with pytest.raises(
        UnreadableImage, match=r"'a.dcm' could not be decoded within 60 seconds, or stopped its decoder"
    ):
        files.frame(path, 1)
    monkeypatch.undo()
    files._idle.clear()
    assert files.frame(path, 1).shape == (40, 56, 3)


def test_one_that_takes_too_long_is_stopped(path, monkeypatch):
    monkeypatch.setattr(files, "_idle", [])
    monkeypatch.setattr(files, "SECONDS", 0.05)  # less than a process needs to start
    with pytest.raises(UnreadableImage, match=r"within 0\.05 seconds"):
        files.frame(path, 1)


def test_threads_get_their_own_answers(dicoms, tmp_path):
    drawn = [dicoms.picture(seed=seed) for seed in range(8)]
    paths = [dicoms.photograph(tmp_path / f"{i}.dcm", one) for i, one in enumerate(drawn)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda path: files.frame(path, 1), paths * 3))
    assert all(np.array_equal(one, other) for one, other in zip(found, drawn * 3, strict=True))
    assert len(files._idle) <= 4


def test_pseudonyms_hold_for_this_process_where_no_secret_is_given(path):
    assert files.facts(path).patient == files.facts(path).patient != files.facts(path, b"k" * 32).patient


def test_only_frame(path):
    assert np.array_equal(files.only_frame(path), files.frame(path, 1))


def test_without_the_library_it_says_which_install_brings_it(path, monkeypatch):
    monkeypatch.setattr(files, "_idle", [])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        MissingExtra, match=r"Reading DICOM needs the optional install: pip install 'mmfundus\[dicom\]'"
    ):
        files.frame(path, 1)


def test_a_forked_process_starts_workers_of_its_own(path):
    files.frame(path, 1)
    held = files._idle[-1]._process.pid
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        own = files.frame(path, 1).sum() and files._idle[-1]._process.pid
        os.write(writing, str(own).encode())
        files._idle[-1]._process.kill()
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        assert int(told.read()) not in (0, held)
    os.waitpid(child, 0)
    assert files._idle[-1]._process.pid == held and files.frame(path, 1).shape == (40, 56, 3)
