"""Records and images: the same patient and eye, the nearest date, nothing contradicted in silence."""

from pathlib import Path

import pytest

from mmfundus.data import manifest, records
from mmfundus.data.joining import account, join, lines
from mmfundus.knowledge.captions.rules import captioner
from mmfundus.types import Manifest, Record, Row


def told(*rows: tuple[str, str, str]) -> list[records.Told]:
    listed = [(number, Record(patient, note, date)) for number, (patient, date, note) in enumerate(rows, start=1)]
    return list(records.understand(listed, captioner()))


def image(name: str = "a.jpg", patient: str = "p", eye: str = "R", date: str = "2024-01-10", **more) -> Row:
    return Row(name, more.pop("modality", "cfp"), patient, eye, extra={"date": date} if date else {}, **more)


def joined(records_, *images: Row, window: int = 30):
    return join(records_, Manifest(images, Path(), "m.csv"), window)


def test_an_image_gets_what_the_record_says_of_its_eye() -> None:
    found = joined(told(("P ", "2024-01-05", "OD drusen, no ERM, ?CNV, h/o BRVO. OS PVD")), image())
    (row,) = found.rows
    assert (row.present, row.absent) == (("drusen",), ("epiretinal_membrane",))
    assert row.captions[0] == "drusen, without epiretinal membrane, possible choroidal neovascularisation"
    assert (row.extra["uncertain"], row.extra["history"]) == ("choroidal_neovascularization", "brvo")
    assert list(account(found)) == [("a.jpg", "joined", "record of row 1, 5 days apart")]


def test_the_nearest_within_the_window() -> None:
    two = told(("p", "2024-01-01", "OD drusen"), ("p", "2024-01-12", "OD ERM"))
    assert joined(two, image()).rows[0].present == ("epiretinal_membrane",)
    far = joined(two, image(date="2024-06-01"))
    assert far.rows[0].present == ()
    assert far.entries[0].reason == "the nearest record is 141 days away; the window is 30"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (image(patient="q"), "no record of this patient and eye"),
        (image(eye="L"), "no record of this patient and eye"),
        (image(eye=""), "the image names no eye"),
        (image(date="10/1/2024"), "the image's date is not written as ISO 8601 does (2024-03-31)"),
    ],
)
def test_an_image_that_fits_no_record_stays_and_is_named(row: Row, reason: str) -> None:
    found = joined(told(("p", "2024-01-05", "OD drusen")), row)
    assert (found.rows[0].image, found.rows[0].captions) == ("a.jpg", ())
    assert [(entry.item, entry.status) for entry in found.entries] == [("a.jpg", "unmatched"), ("row 1", "unmatched")]
    assert found.entries[0].reason == reason


def test_without_dates_only_a_single_record_fits() -> None:
    assert joined(told(("p", "", "OD drusen")), image()).rows[0].present == ("drusen",)
    assert joined(told(("p", "2024-01-05", "OD drusen")), image(date="")).rows[0].present == ("drusen",)
    two = joined(told(("p", "", "OD drusen"), ("p", "", "OD ERM")), image())
    assert two.entries[0].reason == "several records, and no date to choose by"


def test_the_images_own_labels_stand_and_the_conflict_is_named() -> None:
    found = joined(told(("p", "2024-01-10", "OD moderate NPDR, drusen")), image(present=("mild_npdr",)))
    assert found.rows[0].present == ("mild_npdr", "drusen")
    (conflict,) = found.of("conflict")
    assert "'mild_npdr' and 'moderate_npdr' are both present" in conflict.reason
    assert found.rows[0].captions == ()


def test_two_records_of_one_day_that_disagree_are_named() -> None:
    found = joined(told(("p", "2024-01-10", "OD drusen"), ("p", "2024-01-10", "OD no drusen")), image())
    assert found.rows[0].present == ("drusen",)
    assert found.rows[0].absent == ()
    assert len(found.of("conflict")) == 1


def test_only_what_the_modality_shows_becomes_a_label() -> None:
    said = told(("p", "2024-01-10", "OD drusen, fluorescein leakage"))
    assert joined(said, image()).rows[0].present == ("drusen",)
    assert joined(said, image(modality="fa")).rows[0].present == ("drusen", "fluorescein_leakage")


def test_the_result_is_a_manifest(tmp_path: Path) -> None:
    said = told(("p", "2024-01-10", "OD drusen. OS possible ERM"))
    found = joined(said, image(), image("b.jpg", eye="L"), image("c.jpg", "q"))
    manifest.write(found.rows, tmp_path / "m.csv")
    assert manifest.read(tmp_path / "m.csv").rows == found.rows
    assert list(lines(found)) == ["2 of 3 images joined, 1 without a record; 0 records without an image; 0 conflicts."]
