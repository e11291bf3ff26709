"""A real PACS, Debian's Orthanc: asked, fetched from, read, stored to, and the same after it was started again."""

import shutil

import numpy as np
import pydicom
import pytest
from pydicom import uid

from mmfundus.clinic.dicom import pacs
from mmfundus.clinic.dicom.pacs import Address
from mmfundus.data import images
from mmfundus.errors import UsageError, WorkError


def test_an_address_is_a_name_a_host_and_a_port():
    assert Address.parse("ORTHANC@localhost:4242") == Address("localhost", 4242, "ORTHANC")
    assert Address.parse("10.0.0.1:104", own="US") == Address("10.0.0.1", 104, "ANY-SCP", "US")
    for wrong in ("localhost", "A@b", "@h:1", "a name much too long@h:1", "h:port"):
        with pytest.raises(UsageError, match="is no PACS: write NAME@host:port"):
            Address.parse(wrong)


def test_where_nobody_listens_it_says_so():
    with pytest.raises(WorkError, match=r"The PACS at 127\.0\.0\.1:1 does not answer"):
        pacs.echo(Address("127.0.0.1", 1))


def test_all_of_a_pacs_is_not_fetched():
    with pytest.raises(UsageError, match="All of a PACS is not fetched"):
        pacs.studies(Address("127.0.0.1", 1))


@pytest.fixture
def studies(dicoms, tmp_path):
    """Two patients: a photograph in three syntaxes and a cube of one, a photograph and a report of the other."""
    folder, files = tmp_path / "made", []
    folder.mkdir()
    for number, syntax in enumerate((uid.ExplicitVRLittleEndian, uid.JPEG2000Lossless, uid.RLELossless)):
        found = dicoms.with_pixels(dicoms.made(study="1.2.826.0.1.1"), dicoms.picture(60, 80, number))
        if syntax.is_encapsulated:
            found.compress(syntax, generate_instance_uid=False)
        files.append(dicoms.saved(found, folder / f"{number}.dcm", syntax))
    cube = np.random.default_rng(0).integers(0, 255, (3, 40, 48)).astype(np.uint8)
    files.append(dicoms.volume(folder / "cube.dcm", cube, study="1.2.826.0.1.1"))
    other = {"patient": "CANARY-2", "study": "1.2.826.0.1.2", "StudyDate": "20230101"}
    files.append(dicoms.photograph(folder / "other.dcm", dicoms.picture(60, 80, 7), **other))
    return files


def by_uid(paths):
    return {pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID: path for path in paths}


def test_there_and_back_and_again_after_a_restart(
    orthanc, studies, call, dicoms, tmp_path, tiny_model_folder, validated
):
    spoken = []

    def run(*arguments):
        done = call(*arguments)
        spoken.append(done.out + done.err)
        assert done.code == 0, done
        return done

    assert "answers" in run("pacs", "check", orthanc.text).out
    assert "5 files stored" in run("pacs", "send", orthanc.text, *studies).out
    assert pacs.studies(orthanc.at, patient=dicoms.ID) == ["1.2.826.0.1.1"]
    assert pacs.studies(orthanc.at, since="20240101") == ["1.2.826.0.1.1"]
    assert pacs.studies(orthanc.at, since="20200101") == ["1.2.826.0.1.1", "1.2.826.0.1.2"]
    assert pacs.studies(orthanc.at, patient="NOBODY") == []

    sent = by_uid(studies[:4])
    for round_ in ("first", "restarted"):
        inbox = tmp_path / round_ / "in"
        done = run("pacs", "fetch", orthanc.text, "--patient", dicoms.ID, "--out", inbox)
        assert "4 images of 1 studies" in done.out  # and none of the captures of the first round
        got = by_uid(inbox.glob("*.dcm"))
        assert set(sent) == set(got)
        for instance, path in sent.items():
            read = [list(images.frames(one)) for one in (path, got[instance])]
            assert all(np.array_equal(one, two) for one, two in zip(*read, strict=True))
            syntaxes = [pydicom.dcmread(one).file_meta.TransferSyntaxUID for one in (path, got[instance])]
            assert syntaxes[0] == syntaxes[1]  # as it was sent, not unpacked on the way
        out = tmp_path / round_ / "out"
        told = ("--model", tiny_model_folder, "--labels", "drusen,normal", "--once", "--settled", "0")
        watched = call("watch", inbox, "--out", out, *told, "--send", orthanc.text)
        spoken.append(watched.out + watched.err)
        assert watched.code == 0 and len(list(out.glob("report-*.dcm"))) == 4
        assert orthanc.count() == 5 + 4 + 4  # images, reports, captures; those of both rounds are the same
        assert all(validated(path)[0] == [] for path in out.glob("*.dcm"))
        if round_ == "first":
            orthanc.restart()

    whole = pacs.studies(orthanc.at, patient=dicoms.ID)
    assert whole == ["1.2.826.0.1.1"]  # what was stored back lies in the same study
    assert not [word for word in dicoms.CANARIES if word in "".join(spoken)]


def test_a_pacs_that_went_away_is_named_and_the_files_wait(orthanc, studies, call, tmp_path, tiny_model_folder):
    inbox, out = tmp_path / "in", tmp_path / "out"
    inbox.mkdir()
    shutil.copy(studies[0], inbox)
    told = ("watch", inbox, "--out", out, "--model", tiny_model_folder, "--labels", "drusen,normal", "--once",
            "--settled", "0", "--send", orthanc.text)  # fmt: skip
    orthanc.stop()
    done = call(*told)
    assert done.code == 1 and "does not answer" in done.err and "1 left" in done.out
    orthanc.restart()
    assert "1 files read, 0 of them refused, 0 left" in call(*told).out
    assert len(pacs.studies(orthanc.at, study="1.2.826.0.1.1")) == 1


def test_what_it_does_not_take_is_named_by_its_file(orthanc, dicoms, tmp_path):
    odd = dicoms.photograph(tmp_path / "odd.dcm", dicoms.picture(), kind="1.2.826.0.1.3680043.9.1.1")
    with pytest.raises(WorkError, match=r"does not (take|store|answer)"):
        pacs.send(orthanc.at, [odd])
