"""What a model directory says of its training rows: its own list, checked; older directories have none."""

import shutil

import pytest

from mmfundus.data import fingerprints
from mmfundus.errors import BrokenModel, UsageError
from mmfundus.models import bundle, trained
from mmfundus.models.bundle import open_bundle


@pytest.fixture
def told(tiny_model_folder, eye_table, tmp_path):
    """The tiny model with the fingerprints of a table."""
    folder = tmp_path / "told"
    shutil.copytree(tiny_model_folder, folder)
    fingerprints.write(fingerprints.take(eye_table.rows, eye_table.root, "m.csv"), folder / fingerprints.FILE)
    info = dict(open_bundle(tiny_model_folder).info) | {"training": {"manifest": "m.csv"}}
    bundle.seal(folder, {key: value for key, value in info.items() if key != "files"})
    return folder


def test_a_model_knows_its_rows(told, eye_table):
    found = trained.of_directory(told)
    readable = [row for row in eye_table.rows if (eye_table.root / row.image).exists()]
    assert (found.name, len(found.prints)) == ("m.csv", len(readable))
    assert trained.manifest(open_bundle(told)) == "m.csv"


def test_a_list_that_was_altered_is_refused(told):
    with open(told / fingerprints.FILE, "ab") as file:
        file.write(b"x")
    with pytest.raises(BrokenModel, match="digest differs"):
        trained.of_directory(told)


def test_an_older_model_opens_and_has_none(tiny_model_folder):
    opened = open_bundle(tiny_model_folder)
    assert trained.prints(opened) is None
    assert trained.manifest(opened) == ""
    with pytest.raises(UsageError, match=r"has no fingerprints\.parquet"):
        trained.of_directory(tiny_model_folder)
