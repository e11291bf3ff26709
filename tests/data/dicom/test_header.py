"""Files that are cut off, empty of pixels, huge or lie: each a sentence, soon, in little memory."""

import random
import struct
import time

import numpy as np
import pytest

pydicom = pytest.importorskip("pydicom", reason="needs the optional install [dicom]")

from pydicom import uid  # noqa: E402

from mmfundus.data import images  # noqa: E402
from mmfundus.data.dicom import files, header  # noqa: E402
from mmfundus.errors import UnreadableImage  # noqa: E402


@pytest.fixture
def good(dicoms, tmp_path):
    return dicoms.photograph(tmp_path / "good.dcm", dicoms.picture(64, 64))


def refusal(path):
    begun = time.monotonic()
    with pytest.raises(UnreadableImage) as caught:
        list(images.frames(path))
    assert time.monotonic() - begun < 60  # seconds, on a busy machine; 8 at most were seen
    assert path.name in str(caught.value)
    return str(caught.value)


def test_header_and_names(good):
    found = header.read(good)
    assert (header.frames(found), header.class_name(found)) == (1, "Ophthalmic Photography 8 Bit Image Storage")
    assert not header.deflated(found)
    assert "PatientName" not in found and (0x0099, 0x1001) not in found


def test_an_excerpt_holds_what_is_asked_and_nothing_long(dicoms, tmp_path):
    odd = {"SpecificCharacterSet": "ISO_IR 100", "StudyID": "x" * 2000, "PatientName": "Müller^Jörg"}
    path = dicoms.photograph(tmp_path / "a.dcm", dicoms.picture(), **odd)
    asked = ["PatientName", "StudyID", "AnatomicRegionSequence"]
    found = pydicom.Dataset.from_json(header.excerpt(path, asked))
    assert [element.keyword for element in found] == ["SpecificCharacterSet", "PatientName"]
    assert found.PatientName == "Müller^Jörg"
    assert files.excerpt(path, ["PatientName"]) == header.excerpt(path, ["PatientName"])


@pytest.mark.parametrize("length", [0, 1, 131, 132, 140, 300, 600, 5000])
def test_a_file_cut_off_anywhere_is_refused(good, tmp_path, length):
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(good.read_bytes()[:length])
    refusal(cut)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Rows": 0}, "holds no picture: it is Ophthalmic Photography 8 Bit Image Storage"),
        ({"Rows": 8}, "64 x 8 pixels; each side must have at least 16"),
        ({"Rows": 65535, "Columns": 65535}, "has more than 150 megapixels"),
        ({"Rows": 2000}, "is damaged, cut off or not what it says"),
        ({"NumberOfFrames": "999999"}, "says it holds 999999 frames; from 1 to 2048 are read"),
        ({"NumberOfFrames": "-1"}, "says it holds -1 frames"),
        ({"BitsStored": 40}, "says that 40 bits are stored a sample"),
        ({"BitsAllocated": 64}, "is damaged, cut off or not what it says"),
        ({"SamplesPerPixel": 4}, "is damaged, cut off or not what it says"),
        ({"PhotometricInterpretation": "CMYK"}, "is stored as 'CMYK'"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "is damaged, cut off or not what it says"),
    ],
)
def test_a_header_that_lies_is_refused(dicoms, tmp_path, change, said):
    found = dicoms.with_pixels(dicoms.made(), dicoms.picture(64, 64))
    for name, value in change.items():
        setattr(found, name, value)
    assert said in refusal(dicoms.saved(found, tmp_path / "liar.dcm"))


def test_without_pixels_or_without_a_picture(dicoms, tmp_path):
    found = dicoms.with_pixels(dicoms.made(), dicoms.picture(64, 64))
    del found.PixelData
    assert "is damaged, cut off" in refusal(dicoms.saved(found, tmp_path / "a.dcm"))
    report = dicoms.made("1.2.840.10008.5.1.4.1.1.88.11", eye="")
    assert "holds no picture: it is Basic Text SR Storage" in refusal(dicoms.saved(report, tmp_path / "sr.dcm"))


def test_a_video_is_named_as_what_it_is(dicoms, tmp_path):
    found = dicoms.encapsulated(dicoms.with_pixels(dicoms.made(), dicoms.picture(64, 64)), [b"\0" * 64])
    assert "'MPEG2 Main Profile / Main Level', which is not read" in refusal(
        dicoms.saved(found, tmp_path / "film.dcm", uid.MPEG2MPML)
    )


def stream_that_says(width, height):
    """A JPEG 2000 stream whose SIZ marker (ISO 15444-1 A.5.1) claims another size than its file's header."""
    import openjpeg

    stream = bytearray(openjpeg.encode(np.zeros((64, 64), np.uint8), photometric_interpretation=2, codec_format=0))
    at = stream.index(b"\xff\x51")
    struct.pack_into(">II", stream, at + 6, width, height)
    struct.pack_into(">II", stream, at + 22, width, height)
    return bytes(stream)


def test_a_stream_that_claims_more_than_its_header_is_refused(dicoms, tmp_path):
    pytest.importorskip("openjpeg")
    found = dicoms.with_pixels(dicoms.made(), np.zeros((64, 64), np.uint8))
    found = dicoms.encapsulated(found, [stream_that_says(60000, 60000)])
    assert "is damaged" in refusal(dicoms.saved(found, tmp_path / "bomb.dcm", uid.JPEG2000Lossless))


def test_a_bomb_of_runs_never_reaches_the_memory_of_the_caller(dicoms, tmp_path):
    """Two bytes of RLE unpack to 128, here 160 MB to 10 GB (PS3.5 annex G): what is too much is cut off or refused."""
    resource = pytest.importorskip("resource")
    segment = bytes([0x81, 7]) * (80 << 20)
    frame = struct.pack("<16I", 1, 64, *[0] * 14) + segment
    found = dicoms.with_pixels(dicoms.made(), np.zeros((64, 64), np.uint8))
    path = dicoms.saved(dicoms.encapsulated(found, [frame]), tmp_path / "bomb.dcm", uid.RLELossless)
    del segment, frame, found
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        assert files.frame(path, 1).shape == (64, 64, 3)
    except UnreadableImage as error:
        assert "bomb.dcm" in str(error)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # kilobytes


def test_a_deflated_bomb_ends_in_a_refusal(dicoms, tmp_path):
    import zlib

    good = dicoms.saved(
        dicoms.with_pixels(dicoms.made(), dicoms.picture(64, 64)),
        tmp_path / "a.dcm",
        uid.DeflatedExplicitVRLittleEndian,
    )
    meta = good.read_bytes()[: 132 + 12 + pydicom.dcmread(good).file_meta.FileMetaInformationGroupLength]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(64 << 20)
    packed = b"".join(packer.compress(zeros) for _ in range(16)) + packer.flush()  # 1 GB in 1 MB
    (tmp_path / "bomb.dcm").write_bytes(meta + packed)
    assert "inflates to more than 512 MiB" in refusal(tmp_path / "bomb.dcm")


def test_sequences_nested_without_end_are_refused(dicoms, tmp_path):
    good = dicoms.photograph(tmp_path / "a.dcm", dicoms.picture(64, 64)).read_bytes()
    deep = b"\x29\x52\x00\x92SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 50000
    at = good.index(b"\x28\x00\x02\x00US")
    (tmp_path / "deep.dcm").write_bytes(good[:at] + deep)
    refusal(tmp_path / "deep.dcm")


def test_flipped_bytes_never_harm_the_caller(dicoms, tmp_path):
    """A hundred files with bytes changed at random, of every codec: a picture of the stated size, or a sentence."""
    rng = random.Random(5)
    syntaxes = (uid.ExplicitVRLittleEndian, uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless)
    outcomes = []
    for syntax in syntaxes:
        found = dicoms.with_pixels(dicoms.made(), dicoms.picture(64, 64))
        if syntax != uid.ExplicitVRLittleEndian:
            found.compress(syntax, generate_instance_uid=False)
        good = dicoms.saved(found, tmp_path / "good.dcm", syntax).read_bytes()
        for number in range(25):
            bad = bytearray(good)
            for _ in range(rng.randint(1, 40)):
                bad[rng.randrange(132, len(bad))] = rng.randrange(256)
            path = tmp_path / f"bad-{number}.dcm"
            path.write_bytes(bad)
            try:
                outcomes += [picture.shape[2] for picture in images.frames(path)]
            except UnreadableImage as error:
                assert not [word for word in dicoms.CANARIES if word in str(error)]
                outcomes.append(0)
    assert set(outcomes) == {0, 3}
    assert files.facts(tmp_path / "good.dcm").frames == 1  # and a worker still answers
