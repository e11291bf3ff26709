"""Files to findings: in order, each accounted for, with maps that add up to the score."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmfundus.clinic import reading
from mmfundus.data import sample
from mmfundus.errors import AmbiguousName, UnknownName
from mmfundus.knowledge.concepts import concepts
from mmfundus.models.reader import open_reader
from mmfundus.types import Finding, Reading, Row


@pytest.fixture
def folder(tmp_path):
    for name, grey in (("dark", 20), ("bright", 230)):
        Image.new("RGB", (40, 40), (grey,) * 3).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    return tmp_path


def test_every_file_is_one_reading_in_the_order_given(folder, fake_reader):
    files = [folder / f"{name}.png" for name in ("bright", "broken", "dark", "gone")]
    found = reading.read_files(fake_reader, files, modality="cfp", labels=["normal", "drusen"])
    assert [Path(one.row.image).name for one in found] == ["bright.png", "broken.png", "dark.png", "gone.png"]
    assert [bool(one.refused) for one in found] == [False, True, False, True]
    assert [one.findings[0].label for one in found if not one.refused] == ["drusen", "normal"]
    assert (found[1].pixels, found[1].findings) == (None, ())


@pytest.mark.parametrize("modality", ["oct", "cfp"])
def test_maps_add_up_to_the_cosine_through_the_whole_way(tiny_model_folder, modality):
    reader, table = open_reader(str(tiny_model_folder)), sample.manifest()
    rows = [row for row in table.rows if row.modality == modality][:3]
    found = reading.read(reader, rows, table.root, {modality: ("normal", "drusen", "a tilted disc")}, most=None)
    findings = [finding for one in found for finding in one.findings]
    assert len(findings) == 9
    assert all(abs(finding.map.sum() - finding.cosine) < 1e-4 for finding in findings)
    assert len({round(finding.cosine, 4) for finding in findings}) == 9  # of different pictures and words


def test_reading_and_predicting_agree(folder, fake_reader):
    rows = [Row(f"{name}.png", "cfp", patient=name) for name in ("dark", "broken", "bright")]
    asked = {"cfp": ("normal", "drusen")}
    readings = reading.read(fake_reader, rows, folder, asked, most=None)
    table, again = reading.predict(fake_reader, rows, folder, asked), reading.as_predictions(readings)
    assert table.refused == again.refused
    for concept in asked["cfp"]:
        columns = [part.probability[:, part.concepts.index(concept)] for part in (table, again)]
        np.testing.assert_allclose(columns[0], columns[1], rtol=1e-6)


def test_findings_come_likeliest_first_and_no_more_than_asked_for(folder, fake_reader):
    asked = {"cfp": ("normal", "drusen", "glaucoma")}
    for most, count in ((None, 3), (2, 2)):
        (found,) = reading.read(fake_reader, [Row("bright.png", "cfp")], folder, asked, most)
        chances = [finding.probability for finding in found.findings]
        assert len(chances) == count
        assert chances == sorted(chances, reverse=True)


def test_a_tower_without_positions_gives_findings_without_maps(folder, fake_reader, monkeypatch):
    look = fake_reader.look
    monkeypatch.setattr(fake_reader, "look", lambda pixels: (look(pixels)[0], None), raising=False)
    (found,) = reading.read(fake_reader, [Row("dark.png", "cfp")], folder, {"cfp": ("normal",)})
    assert found.findings[0].map is None


def test_the_modality_is_recognised_and_the_row_says_so(folder, fake_reader):
    fake_reader.trained_on = ("oct",)
    recognised, broken = reading.rows_of(fake_reader, [folder / "dark.png", folder / "broken.png"])
    assert (recognised.modality, recognised.extra) == ("oct", {"modality_by": "recognised"})
    assert isinstance(broken, Reading)
    assert "broken.png" in broken.refused
    (stated,) = reading.rows_of(fake_reader, [folder / "dark.png"], "cfp")
    assert (stated.modality, stated.extra) == ("cfp", {})


def test_an_unclear_modality_is_refused_with_the_shares(folder, fake_reader):
    fake_reader.trained_on = ("cfp", "fa", "oct")  # none of whose words this reader knows
    (found,) = reading.read_files(fake_reader, [folder / "dark.png"])
    assert found.refused == "Its modality is unclear (cfp 0.33, fa 0.33, oct 0.33). Give --modality."


def test_a_modality_that_is_none_is_a_wrong_call(folder, fake_reader):
    with pytest.raises(UnknownName, match="no modality named 'xray'"):
        reading.read_files(fake_reader, [folder / "dark.png"], modality="xray")


def test_labels_are_asked_once_by_whatever_name():
    names = ["Diabetic retinopathy", "diabetic_retinopathy", "Diabetic-Retinopathy", "a tilted disc"]
    assert reading.named(names, ["cfp", "oct"])["cfp"] == ("diabetic_retinopathy", "a tilted disc")
    assert set(reading.named(names, ["cfp", "oct"])) == {"cfp", "oct"}
    with pytest.raises(AmbiguousName, match="'HR' may mean"):
        reading.named(["HR"], ["cfp"])


def test_unasked_what_the_model_learned_is_asked_else_all_that_can_be_seen(fake_reader):
    asked = reading.learned(fake_reader, ["cfp", "oct"])
    assert asked["cfp"] == ("drusen", "normal")
    assert asked["oct"] == tuple(c.id for c in concepts().values() if "oct" in c.modalities)


def test_a_table_of_readings_has_a_column_for_every_label_asked_of_any():
    one = Reading(Row("a", "cfp"), None, (Finding("x", 0.9, 0.1), Finding("y", 0.2, 0.0)))
    other = Reading(Row("b", "oct"), None, (Finding("z", 0.5, 0.1), Finding("x", 0.4, 0.1)))
    found = reading.as_predictions([one, other, Reading(Row("c", ""), None, refused="Empty.")])
    assert (found.concepts, found.refused) == (("x", "y", "z"), ("", "", "Empty."))
    nan = float("nan")
    np.testing.assert_array_equal(found.probability, [[0.9, 0.2, nan], [0.4, nan, 0.5], [nan] * 3])
