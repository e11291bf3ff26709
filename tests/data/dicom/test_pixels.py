"""Every photometric interpretation and transfer syntax comes out as the pixels that went in."""

import io
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

pydicom = pytest.importorskip("pydicom", reason="needs the optional install [dicom]")

from pydicom import uid  # noqa: E402

from mmfundus.data import images  # noqa: E402
from mmfundus.data.dicom import pixels  # noqa: E402
from mmfundus.errors import UnreadableImage  # noqa: E402

NATIVE = (uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian,
          uid.DeflatedExplicitVRLittleEndian)  # fmt: skip
LOSSLESS = (uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless)


def grey(shape=(40, 56), bits=8, seed=3):
    """Noise over all values that the bits can say, the lowest and the highest among them."""
    drawn = np.random.default_rng(seed).integers(0, 2**bits, shape)
    drawn.flat[:2] = 0, 2**bits - 1
    return drawn.astype(np.uint8 if bits == 8 else np.uint16)


def eighth(values, bits):
    return np.rint(values * (255 / (2**bits - 1))).astype(np.uint8)


def three(shade):
    return np.repeat(shade[..., None], 3, axis=-1)


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_grey_of_any_depth_in_any_byte_order(dicoms, tmp_path, syntax, bits):
    drawn = grey(bits=bits)
    found = dicoms.with_pixels(dicoms.made(dicoms.OP16), drawn, stored=bits)
    if syntax == uid.ExplicitVRBigEndian and bits > 8:
        found.PixelData = drawn.astype(">u2").tobytes()
    path = dicoms.saved(found, tmp_path / "a.dcm", syntax)
    assert np.array_equal(images.read(path), three(eighth(drawn, bits)))


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("planar", [0, 1])
def test_rgb_interleaved_and_by_planes(dicoms, tmp_path, syntax, planar):
    colour = dicoms.picture()
    found = dicoms.with_pixels(dicoms.made(), colour)
    if planar:
        found.PlanarConfiguration, found.PixelData = 1, colour.transpose(2, 0, 1).tobytes()
    assert np.array_equal(images.read(dicoms.saved(found, tmp_path / "a.dcm", syntax)), colour)


def test_colour_of_sixteen_bits_is_scaled_by_the_bits_stored(dicoms, tmp_path):
    deep = np.random.default_rng(0).integers(0, 4096, (20, 30, 3)).astype(np.uint16)
    path = dicoms.saved(dicoms.with_pixels(dicoms.made(dicoms.OP16), deep, stored=12), tmp_path / "a.dcm")
    assert np.array_equal(images.read(path), eighth(deep, 12))


def test_monochrome1_is_turned_and_so_is_an_inverse_presentation(dicoms, tmp_path):
    drawn = grey()
    one = dicoms.with_pixels(dicoms.made(), drawn, "MONOCHROME1")
    two = dicoms.with_pixels(dicoms.made(PresentationLUTShape="INVERSE"), drawn)
    both = dicoms.with_pixels(dicoms.made(PresentationLUTShape="INVERSE"), drawn, "MONOCHROME1")
    read = [images.read(dicoms.saved(found, tmp_path / f"{i}.dcm")) for i, found in enumerate((one, two, both))]
    assert all(np.array_equal(found, three(255 - drawn)) for found in read)


def test_signed_samples_span_black_to_white(dicoms, tmp_path):
    drawn = np.random.default_rng(1).integers(-2048, 2048, (20, 30)).astype(np.int16)
    found = dicoms.with_pixels(dicoms.made(dicoms.OPT), drawn, stored=12)
    want = np.rint((drawn.astype(float) + 2048) * (255 / 4095)).astype(np.uint8)
    assert np.array_equal(images.read(dicoms.saved(found, tmp_path / "a.dcm")), three(want))


@pytest.mark.parametrize("bits", [8, 16])
def test_palettes_are_looked_up(dicoms, tmp_path, bits):
    rng = np.random.default_rng(2)
    tables = rng.integers(0, 2**bits, (3, 256)).astype(np.uint16)
    at = grey()
    found = dicoms.with_pixels(dicoms.made(), at, "PALETTE COLOR")
    for name, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        setattr(found, f"{name}PaletteColorLookupTableDescriptor", [256, 0, bits])
        setattr(found, f"{name}PaletteColorLookupTableData", table.astype(np.uint8 if bits == 8 else "<u2").tobytes())
    want = np.stack([table[at] for table in tables], axis=-1)
    assert np.array_equal(images.read(dicoms.saved(found, tmp_path / "a.dcm")), eighth(want, bits))


def ybr(colour):
    """PS3.3 C.7.6.3.1.2, in full numbers."""
    weights = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
    return np.rint(colour @ weights.T + [0, 128, 128]).clip(0, 255).astype(np.uint8)


def test_ybr_full_becomes_rgb(dicoms, tmp_path):
    colour = dicoms.picture()
    path = dicoms.saved(dicoms.with_pixels(dicoms.made(), ybr(colour), "YBR_FULL"), tmp_path / "a.dcm")
    assert np.abs(images.read(path).astype(int) - colour).max() <= 2  # two roundings


def test_ybr_full_422_shares_its_colour_between_neighbours(dicoms, tmp_path):
    colour = np.repeat(dicoms.picture(40, 28), 2, axis=1)  # neighbours alike, so nothing is lost
    full = ybr(colour)
    found = dicoms.with_pixels(dicoms.made(), full, "YBR_FULL_422")
    pairs = np.stack([full[:, ::2, 0], full[:, 1::2, 0], full[:, ::2, 1], full[:, ::2, 2]], axis=-1)
    found.PixelData = np.ascontiguousarray(pairs).tobytes()
    assert np.abs(images.read(dicoms.saved(found, tmp_path / "a.dcm")).astype(int) - colour).max() <= 2


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_lossless_grey_is_equal(dicoms, tmp_path, syntax, bits):
    drawn = grey(bits=bits)
    found = dicoms.with_pixels(dicoms.made(dicoms.OP16), drawn, stored=bits)
    found.compress(syntax, generate_instance_uid=False)
    found.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    assert pydicom.dcmread(tmp_path / "a.dcm").file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(images.read(tmp_path / "a.dcm"), three(eighth(drawn, bits)))


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_lossless_colour_is_equal(dicoms, tmp_path, syntax):
    colour = dicoms.picture()
    found = dicoms.with_pixels(dicoms.made(), colour)
    found.compress(syntax, generate_instance_uid=False)
    found.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    assert np.array_equal(images.read(tmp_path / "a.dcm"), colour)


def test_reversible_colour_transform_of_jpeg_2000_is_undone(dicoms, tmp_path):
    openjpeg = pytest.importorskip("openjpeg")
    colour = dicoms.picture()
    stream = openjpeg.encode(colour, photometric_interpretation=1, use_mct=True, codec_format=0)
    found = dicoms.encapsulated(dicoms.with_pixels(dicoms.made(), colour), [bytes(stream)], "YBR_RCT")
    assert np.array_equal(images.read(dicoms.saved(found, tmp_path / "a.dcm", uid.JPEG2000Lossless)), colour)


def test_lossy_jpeg_2000_stays_near(dicoms, tmp_path):
    colour = dicoms.picture(64, 64)
    found = dicoms.with_pixels(dicoms.made(), colour)
    found.compress(uid.JPEG2000, j2k_psnr=[48.0], generate_instance_uid=False)
    found.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    assert 0 < np.abs(images.read(tmp_path / "a.dcm").astype(int) - colour).mean() < 1.5


def test_near_lossless_jpeg_ls_stays_within_its_bound(dicoms, tmp_path):
    drawn = grey()
    found = dicoms.with_pixels(dicoms.made(), drawn)
    found.compress(uid.JPEGLSNearLossless, jls_error=3, generate_instance_uid=False)
    found.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    off = np.abs(images.read(tmp_path / "a.dcm").astype(int) - three(drawn))
    assert 0 < off.max() <= 3


@pytest.mark.parametrize("photometric", ["YBR_FULL_422", "YBR_FULL", "RGB"])
def test_baseline_jpeg_stays_near_whatever_its_colours_are_called(dicoms, tmp_path, photometric):
    colour = dicoms.picture(64, 96)
    written = io.BytesIO()
    kept = {"keep_rgb": True} if photometric == "RGB" else {}
    subsampling = 1 if photometric == "YBR_FULL_422" else 0
    Image.fromarray(colour).save(written, "JPEG", quality=97, subsampling=subsampling, **kept)
    found = dicoms.encapsulated(dicoms.with_pixels(dicoms.made(), colour), [written.getvalue()], photometric)
    read = images.read(dicoms.saved(found, tmp_path / "a.dcm", uid.JPEGBaseline8Bit)).astype(int)
    assert np.abs(read - colour).mean() < 2
    assert np.abs(read - colour).max() < 25


@pytest.mark.parametrize("option", ["+el", "+e1"])  # process 14, and its first selection value
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_lossless_jpeg_of_another_house_is_equal(dicoms, tmp_path, option, bits):
    if not shutil.which("dcmcjpeg"):
        pytest.skip("needs dcmcjpeg (Debian: dcmtk) to write lossless JPEG")
    drawn = grey(bits=bits)
    kind = dicoms.OP8 if bits == 8 else dicoms.OP16
    plain = dicoms.saved(dicoms.with_pixels(dicoms.made(kind), drawn, stored=bits), tmp_path / "plain.dcm")
    subprocess.run(["dcmcjpeg", option, "+ua", str(plain), str(tmp_path / "a.dcm")], check=True, capture_output=True)
    syntax = pydicom.dcmread(tmp_path / "a.dcm").file_meta.TransferSyntaxUID
    assert syntax == {"+el": uid.JPEGLossless, "+e1": uid.JPEGLosslessSV1}[option]
    assert np.array_equal(images.read(tmp_path / "a.dcm"), three(eighth(drawn, bits)))


def test_a_window_shows_what_lies_in_it(dicoms, tmp_path):
    """PS3.3 C.11.2.1.2.1: at and below c - 0.5 - (w-1)/2 black, above c - 0.5 + (w-1)/2 white, linear between."""
    drawn = np.arange(1024, dtype=np.uint16).reshape(32, 32)
    found = dicoms.with_pixels(dicoms.made(dicoms.OP16, WindowCenter=512, WindowWidth=256), drawn, stored=12)
    read = images.read(dicoms.saved(found, tmp_path / "a.dcm"))[..., 0].ravel()
    x = np.arange(1024.0)
    want = np.rint((((x - 511.5) / 255 + 0.5) * 255).clip(0, 255)).astype(np.uint8)
    assert np.array_equal(read, want)
    assert (read[384], read[639], read[511]) == (0, 255, 127)


def test_of_several_windows_the_first_and_a_soft_one(dicoms, tmp_path):
    drawn = np.arange(1024, dtype=np.uint16).reshape(32, 32)
    two = {"WindowCenter": [512, 40], "WindowWidth": [256, 400]}
    found = dicoms.with_pixels(dicoms.made(dicoms.OP16, **two), drawn, stored=12)
    assert images.read(dicoms.saved(found, tmp_path / "two.dcm"))[..., 0].ravel()[511] == 127
    soft = {"WindowCenter": 512, "WindowWidth": 256, "VOILUTFunction": "SIGMOID"}
    found = dicoms.with_pixels(dicoms.made(dicoms.OP16, **soft), drawn, stored=12)
    read = images.read(dicoms.saved(found, tmp_path / "soft.dcm"))[..., 0].ravel()
    want = np.rint(255 / (1 + np.exp(-4 * (np.arange(1024.0) - 512) / 256))).astype(np.uint8)  # C.11.2.1.3.1
    assert np.array_equal(read, want)


def test_a_rescaled_picture_spans_what_its_stored_bits_can_say(dicoms, tmp_path):
    drawn = grey(bits=12)
    for slope, intercept in ((2.0, -1000.0), (-1.0, 4095.0)):
        found = dicoms.with_pixels(dicoms.made(RescaleSlope=slope, RescaleIntercept=intercept), drawn, stored=12)
        read = images.read(dicoms.saved(found, tmp_path / "a.dcm"))
        straight = eighth(drawn, 12).astype(int)
        assert np.abs(read[..., 0] - (straight if slope > 0 else 255 - straight)).max() <= 1


def test_a_table_of_values_of_interest_is_looked_up(dicoms, tmp_path):
    drawn = grey(bits=8)
    item = pydicom.Dataset()
    curve = (255 * np.sqrt(np.arange(256) / 255)).astype(np.uint16)
    item.LUTDescriptor, item.LUTData = [256, 0, 8], curve.tolist()
    item["LUTDescriptor"].VR = item["LUTData"].VR = "US"
    found = dicoms.with_pixels(dicoms.made(VOILUTSequence=[item]), drawn)
    assert np.array_equal(images.read(dicoms.saved(found, tmp_path / "a.dcm")), three(curve.astype(np.uint8)[drawn]))


def test_frames_of_a_volume_are_scaled_alike_and_by_their_own_groups(dicoms, tmp_path):
    """The dark B-scan of a cube stays dark beside a bright one."""
    cube = np.stack([np.full((20, 24), value, np.uint16) for value in (100, 1000, 4095)])
    path = dicoms.volume(tmp_path / "cube.dcm", cube, stored=12)
    shades = [int(images.read(tmp_path / f"cube.dcm#{number}").mean()) for number in (1, 2, 3)]
    assert shades == [round(value * 255 / 4095) for value in (100, 1000, 4095)]
    found = pydicom.dcmread(path)
    window = pydicom.Dataset()
    window.WindowCenter, window.WindowWidth, window.VOILUTFunction = 1000.0, 2000.0, "LINEAR_EXACT"
    own = [pydicom.Dataset() for _ in range(3)]
    own[1].FrameVOILUTSequence = [window]
    found.PerFrameFunctionalGroupsSequence = own
    found.save_as(path)
    shades = [int(images.read(tmp_path / f"cube.dcm#{number}").mean()) for number in (1, 2, 3)]
    assert shades == [6, 128, 255]


def test_a_frame_that_is_not_there_is_refused(dicoms, tmp_path):
    path = dicoms.volume(tmp_path / "cube.dcm", np.zeros((3, 20, 24), np.uint8))
    with pytest.raises(UnreadableImage, match="has 3 frames; there is no frame 4"):
        images.read(tmp_path / "cube.dcm#4")
    with pytest.raises(UnreadableImage, match=r"holds 3 frames; one is needed. Name the one you mean: cube.dcm#1"):
        images.read(path)
    assert len(list(images.frames(path))) == 3


def test_pixels_in_this_process_are_those_of_the_worker(dicoms, tmp_path):
    path = dicoms.photograph(tmp_path / "a.dcm", dicoms.picture())
    assert np.array_equal(pixels.frame(path, 1), images.read(path))


@pytest.mark.parametrize(
    ("file", "shape"),
    [
        ("JPEG2000.dcm", (1024, 256, 3)), ("693_J2KI.dcm", (512, 512, 3)), ("MR_small_RLE.dcm", (64, 64, 3)),
        ("SC_rgb_jpeg_dcmtk.dcm", (100, 100, 3)), ("examples_palette.dcm", (350, 800, 3)),
        ("MR_small_jpeg_ls_lossless.dcm", (64, 64, 3)), ("image_dfl.dcm", (512, 512, 3)),
    ],
)  # fmt: skip
def test_files_of_other_makers_are_read(file, shape):
    """Those that pydicom brings for its own tests (MIT licence)."""
    from pydicom.data import get_testdata_file

    read = images.read(images.Path(get_testdata_file(file)))
    assert read.shape == shape
    assert np.ptp(read) > 0


@pytest.mark.parametrize(
    ("pair"), [("MR_small_RLE.dcm", "MR_small.dcm"), ("MR_small_jp2klossless.dcm", "MR_small.dcm"),
               ("MR_small_jpeg_ls_lossless.dcm", "MR_small.dcm"), ("MR_small_bigendian.dcm", "MR_small.dcm")]
)  # fmt: skip
def test_the_same_picture_in_two_syntaxes_is_the_same(pair):
    from pydicom.data import get_testdata_file

    one, other = (images.read(images.Path(get_testdata_file(name))) for name in pair)
    assert np.array_equal(one, other)


def test_twelve_bit_lossy_jpeg_says_what_it_lacks():
    from pydicom.data import get_testdata_file

    with pytest.raises(UnreadableImage, match=r"JPG.*12-bit lossy JPEG, for which no decoder is installed"):
        images.read(images.Path(get_testdata_file("JPGExtended.dcm")))
