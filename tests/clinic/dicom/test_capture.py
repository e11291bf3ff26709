import numpy as np
import pytest

from mmfundus.clinic.dicom import capture, origin
from mmfundus.data import images


def test_the_banner_stands_above_and_below_and_the_pictures_between(photo, said, by, dicoms):
    reading = said(photo)
    drawn = capture.page(reading, by, dicoms.picture(32, 32, seed=9))
    assert drawn.shape[1] == 2 * capture.SIDE
    for band in (drawn[: capture.BANNER], drawn[-capture.BANNER :]):
        assert (band == capture.YELLOW).all(axis=2).mean() > 0.8  # the rest is the words
        assert (band == 0).all(axis=2).any()
    left = drawn[capture.BANNER : capture.BANNER + capture.SIDE, : capture.SIDE]
    assert np.abs(left[::16, ::16].astype(int) - reading.pixels).mean() < 20
    assert (drawn[capture.BANNER + capture.SIDE : -capture.BANNER] == 255).all(axis=2).any()  # findings in white


def test_without_a_map_its_place_is_black(photo, said, by):
    drawn = capture.page(said(photo), by)
    assert not drawn[capture.BANNER : capture.BANNER + capture.SIDE, capture.SIDE :].any()


def test_what_is_drawn_depends_on_the_reading_and_on_no_name(photo, said, by):
    """The same findings of another patient's file give the same picture: no attribute of the file is drawn."""
    one, other = said(photo), said("elsewhere.dcm")
    assert np.array_equal(capture.page(one, by), capture.page(other, by))
    assert not np.array_equal(capture.page(one, by), capture.page(said(photo, eye="L"), by))


@pytest.mark.parametrize("eye", ["R", "L", ""])
def test_it_is_a_valid_capture_of_the_same_study(photo, said, by, tmp_path, validated, eye):
    made = capture.capture(origin.read(photo), said(photo, eye=eye), by)
    made.save_as(tmp_path / "sc.dcm", enforce_file_format=True)
    errors, warnings = validated(tmp_path / "sc.dcm")
    assert (
        errors == [] and [line for line in warnings if "permitted to be empty when actually unknown" not in line] == []
    )
    assert (warnings == []) == (eye != "")
    image = origin.read(photo)
    assert made.StudyInstanceUID == image.StudyInstanceUID
    assert made.SourceImageSequence[0].ReferencedSOPInstanceUID == image.SOPInstanceUID
    assert (made.ImageType[0], made.BurnedInAnnotation) == ("DERIVED", "YES")


def test_of_a_volume_the_shown_scan_and_the_rule_are_drawn(photo, said, by):
    extra = {"rule": "mean of some", "frames": "49", "shown": "7"}
    volume, single = said(photo, extra=extra), said(photo)
    assert "shown: B-scan 7 of 49; of the volume: mean of some" in capture._lines(volume, by, mapped=True)
    assert len(capture.page(volume, by)) == len(capture.page(single, by)) + capture.LINE


def test_it_reads_back_as_drawn_and_is_known_as_ours(photo, said, by, tmp_path):
    from mmfundus.data.dicom import files

    reading = said(photo)
    capture.capture(origin.read(photo), reading, by).save_as(tmp_path / "sc.dcm", enforce_file_format=True)
    assert np.array_equal(images.read(tmp_path / "sc.dcm"), capture.page(reading, by))
    assert files.facts(tmp_path / "sc.dcm").ours


def test_a_refused_image_has_no_capture(photo, said, by):
    from dataclasses import replace

    with pytest.raises(AssertionError, match="a refused image has no picture"):
        capture.page(replace(said(photo), pixels=None, refused="dark"), by)
