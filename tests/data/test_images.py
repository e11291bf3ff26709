"""Every kind of file is read as the picture it shows, or refused with a sentence that names it."""

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmfundus.data import images
from mmfundus.errors import UnknownName, UnreadableImage

SIDE = 32


def ramp(top: int = 255) -> np.ndarray:
    """Columns from 0 to `top`."""
    return np.tile(np.linspace(0, top, SIDE).round().astype(np.int64), (SIDE, 1))


def grey_error(pixels: np.ndarray) -> float:
    """Largest difference from the ramp, over all channels."""
    return float(np.abs(pixels.astype(float) - (np.linspace(0, 1, SIDE) * 255)[None, :, None]).max())


def deep_png(path: Path, samples: np.ndarray) -> Path:
    """A PNG of 16 bits a sample, grey or RGB, written by hand as Pillow cannot write the latter."""
    height, width = samples.shape[:2]
    lines = b"".join(b"\0" + samples[y].astype(">u2").tobytes() for y in range(height))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 16, 2 if samples.ndim == 3 else 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    )
    return path


def deep_tiff(path: Path, samples: np.ndarray, photometric: int) -> Path:
    """An uncompressed little-endian TIFF of 16 bits a sample."""
    height, width = samples.shape[:2]
    channels = samples.shape[2] if samples.ndim == 3 else 1
    data = samples.astype("<u2").tobytes()
    depths = struct.pack(f"<{channels}H", *[16] * channels)
    after = 8 + 2 + 12 * 9 + 4
    bits = struct.pack("<I", after) if channels > 2 else struct.pack("<HH", 16, 0)

    def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
        return struct.pack("<HHI", tag, kind, count) + value

    def short(value: int) -> bytes:
        return struct.pack("<HH", value, 0)

    entries = [
        entry(256, 4, 1, struct.pack("<I", width)), entry(257, 4, 1, struct.pack("<I", height)),
        entry(258, 3, channels, bits), entry(259, 3, 1, short(1)), entry(262, 3, 1, short(photometric)),
        entry(273, 4, 1, struct.pack("<I", after + len(depths))), entry(277, 3, 1, short(channels)),
        entry(278, 4, 1, struct.pack("<I", height)), entry(279, 4, 1, struct.pack("<I", len(data))),
    ]  # fmt: skip
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    path.write_bytes(head + b"".join(entries) + struct.pack("<I", 0) + depths + data)
    return path


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "webp", "jpg"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_every_format_shows_the_same_ramp(tmp_path: Path, ending: str, mode: str) -> None:
    file = tmp_path / f"a.{ending}"
    options = {"lossless": True} if ending == "webp" else {"quality": 100} if ending == "jpg" else {}
    Image.fromarray(ramp().astype(np.uint8)).convert(mode).save(file, **options)
    pixels = images.read(file)
    assert pixels.shape == (SIDE, SIDE, 3) and pixels.dtype == np.uint8 and pixels.flags.writeable
    assert grey_error(pixels) <= (2.5 if ending == "jpg" else 0.51)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_deep_grey_is_scaled_by_the_bits_it_fills(tmp_path: Path, bits: int) -> None:
    samples = ramp(2**bits - 1).astype(np.uint16)
    assert grey_error(images.read(deep_png(tmp_path / "a.png", samples))) <= 1
    assert grey_error(images.read(deep_tiff(tmp_path / "a.tif", samples, 1))) <= 1


@pytest.mark.parametrize("bits", [12, 16])
def test_deep_colour_keeps_its_lower_byte(tmp_path: Path, bits: int) -> None:
    samples = np.repeat(ramp(2**bits - 1)[..., None], 3, axis=2).astype(np.uint16)
    assert grey_error(images.read(deep_png(tmp_path / "a.png", samples))) <= 1
    assert grey_error(images.read(deep_tiff(tmp_path / "a.tif", samples, 2))) <= 1


def test_twelve_bits_whose_brightest_is_low_are_not_stretched_to_white(tmp_path: Path) -> None:
    samples = np.full((SIDE, SIDE), 2048, np.uint16)
    assert images.read(deep_png(tmp_path / "a.png", samples)).max() == round(2048 / 4095 * 255)


def test_whole_numbers_of_32_bits_and_fractions(tmp_path: Path) -> None:
    file = tmp_path / "a.tif"
    Image.fromarray(ramp(4095).astype(np.int32)).save(file)
    assert grey_error(images.read(file)) <= 1
    Image.fromarray(np.tile(np.linspace(0, 1, SIDE, dtype=np.float32), (SIDE, 1))).save(file)
    assert grey_error(images.read(file)) <= 0.51
    Image.fromarray(ramp(65535).astype(np.float32)).save(file)
    assert grey_error(images.read(file)) <= 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_floats_without_a_grey_value_are_refused(tmp_path: Path, value: float) -> None:
    samples = np.ones((SIDE, SIDE), np.float32)
    samples[3, 4] = value
    Image.fromarray(samples).save(tmp_path / "a.tif")
    with pytest.raises(UnreadableImage, match=r"'a\.tif' has pixels"):
        images.read(tmp_path / "a.tif")


def test_a_deep_negative_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="white is zero"):
        images.read(deep_tiff(tmp_path / "a.tif", ramp(4095), 0))


def test_transparency_is_laid_over_black(tmp_path: Path) -> None:
    for mode, colour in (("RGBA", (200, 100, 50, 0)), ("LA", (200, 0))):
        Image.new(mode, (SIDE, SIDE), colour).save(tmp_path / "a.png")
        assert images.read(tmp_path / "a.png").max() == 0
    palette = Image.new("P", (SIDE, SIDE), 1)
    palette.putpalette([0, 0, 0, 10, 200, 30])
    palette.save(tmp_path / "p.png")
    assert (images.read(tmp_path / "p.png") == (10, 200, 30)).all()
    palette.save(tmp_path / "p.png", transparency=1)
    assert images.read(tmp_path / "p.png").max() == 0


def test_one_bit_and_cmyk(tmp_path: Path) -> None:
    Image.new("1", (SIDE, SIDE), 1).save(tmp_path / "a.png")
    assert images.read(tmp_path / "a.png").min() == 255
    Image.new("CMYK", (SIDE, SIDE), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=100)
    assert np.abs(images.read(tmp_path / "a.jpg").astype(int) - (255, 0, 0)).max() <= 3


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_exif_orientation_is_applied(tmp_path: Path, ending: str) -> None:
    wide = np.zeros((40, 64, 3), np.uint8)
    wide[:20, :32] = 255  # upper left; orientation 6 turns it to the upper right
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(wide).save(tmp_path / f"a.{ending}", exif=exif)
    pixels = images.read(tmp_path / f"a.{ending}", at_least=16)
    assert pixels.shape[0] > pixels.shape[1]
    quarter = pixels[: pixels.shape[0] // 3, -pixels.shape[1] // 3 :]
    assert quarter.mean() > 240 and pixels.mean() < 80


def test_content_counts_not_the_name(tmp_path: Path) -> None:
    Image.fromarray(ramp().astype(np.uint8)).save(tmp_path / "a.jpg", format="PNG")
    assert grey_error(images.read(tmp_path / "a.jpg")) <= 0.51
    assert images.kind(tmp_path / "a.jpg") == "PNG"


def test_first_picture_of_a_multi_picture_jpeg(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (64, 48), (250, 0, 0)), Image.new("RGB", (64, 48), (0, 0, 250))
    first.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[second])
    assert images.kind(tmp_path / "a.jpg") == "MPO"
    assert images.read(tmp_path / "a.jpg", at_least=24)[..., 0].min() > 200


@pytest.mark.parametrize("at_least", [16, 100, 224, 448, 449, 500, 2000])
def test_scaled_decoding_never_falls_below_and_is_repeatable(tmp_path: Path, at_least: int) -> None:
    Image.effect_noise((1203, 901), 50).save(tmp_path / "a.jpg")
    pixels = images.read(tmp_path / "a.jpg", at_least)
    assert min(pixels.shape[:2]) >= min(at_least, 901)
    assert at_least > 450 or min(pixels.shape[:2]) < 901  # it is used where it can be
    assert np.array_equal(pixels, images.read(tmp_path / "a.jpg", at_least))


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "bmp", "webp"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_off_files_are_refused(tmp_path: Path, ending: str, share: float) -> None:
    whole, cut = tmp_path / f"w.{ending}", tmp_path / f"cut.{ending}"
    Image.effect_noise((128, 96), 80).convert("RGB").save(whole)
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
    for at_least in (None, 20):
        with pytest.raises(UnreadableImage, match=r"^'cut\."):
            images.read(cut, at_least)


def test_several_frames_are_refused(tmp_path: Path) -> None:
    frames = [Image.fromarray(ramp(top).astype(np.uint8)) for top in (100, 255)]
    for name, options in (("a.tif", {}), ("a.png", {}), ("a.webp", {"lossless": True})):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
        with pytest.raises(UnreadableImage, match="holds 2 frames"):
            images.read(tmp_path / name)


def test_what_is_no_picture_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.png").write_text("image,modality\n")
    Image.new("L", (SIDE, SIDE)).save(tmp_path / "b.gif")
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "gone")
    expected = {
        "empty.jpg": "empty", "text.png": "not a picture", "b.gif": "not a picture", "folder.png": "not a regular",
        "pipe.png": "not a regular", "nowhere.png": "no file", "missing.png": "no file",
    }  # fmt: skip
    for name, reason in expected.items():
        with pytest.raises(UnreadableImage, match=reason) as refused:
            images.read(tmp_path / name)
        assert repr(name) in str(refused.value) and str(tmp_path) not in str(refused.value)
    with pytest.raises(UnreadableImage, match="not a regular file"):
        images.read(Path(os.devnull))


def test_too_small_and_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (400, 15)).save(tmp_path / "a.png")
    with pytest.raises(UnreadableImage, match="400 x 15 pixels"):
        images.read(tmp_path / "a.png")
    Image.new("1", (13_000, 12_000)).save(tmp_path / "b.png")
    with pytest.raises(UnreadableImage, match="more than 150 megapixels"):
        images.read(tmp_path / "b.png")
    Image.new("1", (20_000, 16_000)).save(tmp_path / "c.png")  # beyond the size at which Pillow itself raises
    with pytest.raises(UnreadableImage, match="more than 150 megapixels"):
        images.read(tmp_path / "c.png")


def test_digests(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert images.digest_bytes(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    tall, wide = np.zeros((20, 30, 3), np.uint8), np.zeros((30, 20, 3), np.uint8)
    assert images.digest_pixels(tall) != images.digest_pixels(wide)
    assert images.digest_pixels(tall) == images.digest_pixels(tall[::-1])


def test_prepared_is_read_then_prepare(tmp_path: Path) -> None:
    Image.effect_noise((640, 480), 90).save(tmp_path / "a.jpg")
    pixels = images.prepared(tmp_path / "a.jpg", "oct", 64)
    assert pixels.shape == (64, 64, 3) and np.array_equal(pixels, images.prepared(tmp_path / "a.jpg", "oct", 64))
    with pytest.raises(UnknownName, match="no modality named 'xray'"):
        images.prepared(tmp_path / "a.jpg", "xray", 64)
