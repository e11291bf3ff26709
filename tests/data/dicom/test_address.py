from pathlib import Path

import pytest

from mmfundus.data.dicom import address


@pytest.fixture
def folder(tmp_path):
    for name in ("scan.dcm", "eye#2.png"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_a_frame_of_a_file_that_is_there(folder):
    assert address.split(folder / "scan.dcm#12") == (folder / "scan.dcm", 12)
    assert address.split(Path(address.join(str(folder / "scan.dcm"), 3))) == (folder / "scan.dcm", 3)


@pytest.mark.parametrize("name", ["scan.dcm", "eye#2.png", "gone.dcm#1", "scan.dcm#0", "scan.dcm#x", "a" * 300 + "#1"])
def test_everything_else_is_a_name(folder, name):
    assert address.split(folder / name) == (folder / name, None)


def test_a_file_of_that_very_name_comes_first(folder):
    (folder / "scan.dcm#1").write_bytes(b"y")
    assert address.split(folder / "scan.dcm#1") == (folder / "scan.dcm#1", None)
