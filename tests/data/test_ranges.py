"""The same bytes from a folder and from an address, and a sentence where there are none."""

import os
import pickle
import sys
from pathlib import Path

import fsspec
import pytest

from mmfundus.data import ranges
from mmfundus.errors import MissingExtra, UsageError, WorkError

CONTENT = bytes(range(256)) * 4


@pytest.fixture(params=["folder", "file", "memory"])
def files(request, tmp_path):
    (tmp_path / "a.bin").write_bytes(CONTENT)
    if request.param == "folder":
        return ranges.files(str(tmp_path))
    if request.param == "file":
        return ranges.files(f"file://{tmp_path}/")
    fsspec.filesystem("memory").pipe_file("/ranges/a.bin", CONTENT)
    return ranges.files("memory://ranges")


def test_a_range_is_what_was_asked_for(files):
    assert files.read("a.bin") == CONTENT
    assert files.read("a.bin", 3) == CONTENT[3:]
    assert files.read("a.bin", 3, 9) == CONTENT[3:12]


def test_past_the_end_there_is_less(files):
    assert files.read("a.bin", len(CONTENT) - 2, 9) == CONTENT[-2:]
    assert files.read("a.bin", len(CONTENT) + 5, 9) == b""


def test_a_missing_file_is_named(files):
    with pytest.raises(WorkError, match=r"There is no file b\.bin"):
        files.read("b.bin")


def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "a.bin")
    with pytest.raises(WorkError, match=r"There is no file a\.bin"):
        ranges.files(str(tmp_path)).read("a.bin")


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_handles_are_kept_up_to_a_limit_and_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(ranges, "HANDLES", 2)
    before = open_files()
    folder = ranges.Folder(tmp_path)
    for number in range(5):
        (tmp_path / str(number)).write_bytes(b"%d" % number)
    for _ in range(2):
        assert [folder.read(str(number)) for number in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
    assert open_files() == before + 2
    del folder
    assert open_files() == before


def test_a_copy_for_another_process_opens_its_own(tmp_path):
    (tmp_path / "a.bin").write_bytes(CONTENT)
    folder = ranges.Folder(tmp_path)
    folder.read("a.bin")
    copy = pickle.loads(pickle.dumps(folder))
    assert copy._handles == {}
    assert copy.read("a.bin", 1, 2) == CONTENT[1:3]


def test_an_unknown_address_is_a_wrong_call():
    with pytest.raises(UsageError, match="Protocol not known"):
        ranges.files("nowhere://x").read("a.bin")


def test_other_faults_of_an_address_are_one_sentence(monkeypatch):
    def fail(*_, **__):
        raise TimeoutError("at key=secret")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "cat_file", fail)
    with pytest.raises(WorkError, match=r"a\.bin cannot be read .*TimeoutError") as found:
        ranges.files("memory://x").read("a.bin")
    assert "secret" not in str(found.value)


def test_a_folder_needs_no_fsspec(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    (tmp_path / "a.bin").write_bytes(CONTENT)
    assert ranges.files(str(tmp_path)).read("a.bin") == CONTENT
    with pytest.raises(MissingExtra, match=r"mmfundus\[train\]"):
        ranges.files("memory://x").read("a.bin")
