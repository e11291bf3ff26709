"""A verdict says which of its rows were seen in training, what they change, and what the labels give away."""

import shutil
from dataclasses import replace

import pytest

from mmfundus.data import fingerprints
from mmfundus.errors import UsageError
from mmfundus.models import bundle
from mmfundus.models.bundle import open_bundle
from mmfundus.models.reader import open_reader
from mmfundus.tasks import _marks, zero_shot


@pytest.fixture
def trained_on(tiny_model_folder, tmp_path):
    """The tiny model as if it had been trained on some rows."""

    def make(rows, root, name="train.csv"):
        folder = tmp_path / "trained"
        shutil.copytree(tiny_model_folder, folder)
        fingerprints.write(fingerprints.take(rows, root, name), folder / fingerprints.FILE)
        info = {key: value for key, value in open_bundle(tiny_model_folder).info.items() if key != "files"}
        bundle.seal(folder, info)
        return open_reader(str(folder))

    return make


@pytest.fixture
def marked(eye_table):
    def mark(reader, columns=(), blind=False):
        judged = zero_shot.judge(reader, eye_table, "test", resamples=0)
        _marks.mark(judged, reader, eye_table, 0, 20, columns, blind)
        return judged.result

    return mark


def test_leaked_rows_are_counted_by_kind_and_left_out_beside(eye_table, trained_on, marked):
    """0.png is among the training rows, and so is, as another file, a patient of 1.png."""
    rows = [eye_table.rows[0], replace(eye_table.rows[9], patient=eye_table.rows[1].patient.upper())]
    result = marked(trained_on(rows, eye_table.root))
    found, cfp = result["leakage"], result["modalities"]["cfp"]
    assert (found["checked_against"], found["n_fingerprints"], found["n_rows"]) == ("train.csv", 2, 2)
    assert (result["n_leaked"], cfp["n_leaked"], cfp["concepts"]["drusen"]["n_leaked"]) == (2, 2, 1)
    assert found["by_kind"] == {"bytes": 1, "pixels": 0, "near": 0, "patient": 2}
    assert [(row["image"], row["how"]) for row in found["rows"]] == [("0.png", "bytes;patient"), ("1.png", "patient")]
    assert found["rows"][1]["score"] is None
    assert found["without"]["n_images"] == 7  # of 9 judged, one of them refused
    concept = found["without"]["modalities"]["cfp"]["concepts"]["drusen"]
    assert (concept["n_present"], concept["n_absent"]) == (3, 3)
    assert set(concept) >= {"auroc", "auprc", "sensitivity", "specificity", "threshold"}
    assert concept["threshold"] == cfp["concepts"]["drusen"]["threshold"]


def test_a_model_of_other_rows_has_no_leak(eye_table, trained_on, marked):
    found = marked(trained_on(eye_table.split("val")[:2], eye_table.root))["leakage"]
    assert (found["n_rows"], found["without"], found["rows"]) == (0, None, [])


def test_every_row_leaked_leaves_no_figure(eye_table, trained_on, marked):
    found = marked(trained_on(eye_table.split("test"), eye_table.root))["leakage"]
    assert found["n_rows"] == 8
    assert found["without"]["n_images"] == 1, "the image that was refused was not learned from either"
    assert found["without"]["macro"]["auroc"]["value"] is None


def test_a_model_without_a_list_says_that_leakage_is_unknown(fake_reader, marked):
    found = marked(fake_reader)["leakage"]
    assert (found["checked_against"], found["n_rows"]) == (None, None)
    assert "unknown" in found["reason"]
    assert marked(fake_reader)["modalities"]["cfp"]["n_leaked"] is None, "unknown is not none"


def test_cues_are_looked_at_only_if_asked(fake_reader, marked):
    assert "shortcuts" not in marked(fake_reader)
    found = marked(fake_reader, blind=True)["shortcuts"]
    concept = found["modalities"]["cfp"]["concepts"]["drusen"]
    assert (concept["n_present"], concept["n_absent"]) == (6, 6)  # of all splits
    assert "patients in one class" in concept["cues"]["colour"]["reason"]
    assert found["alarms"] == []


def test_subgroups_and_a_column_that_is_none(fake_reader, marked):
    found = marked(fake_reader, columns=("eye",))["subgroups"]["eye"]
    assert found["groups"] == {"unknown": 8}
    with pytest.raises(UsageError, match="There is no column 'sex'"):
        marked(fake_reader, columns=("sex",))
