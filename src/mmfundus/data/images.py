"""Files to pixels: the one door through which a picture enters, for training, evaluation and the command line.

`read` returns every readable picture as 8-bit RGB and refuses every other file with one
sentence; a file never becomes another picture, a partly grey one or a clipped one.
`prepared` adds the modality's preparation: the very picture a model sees. DICOM is read by
`mmfundus.data.dicom`; `scan.dcm#12` names one frame of a file.
"""

import hashlib
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float, Integer, UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from mmfundus import plugins
from mmfundus.data.dicom import address, files
from mmfundus.errors import UnreadableImage
from mmfundus.types import Row

Picture = Callable[[Row], UInt8[np.ndarray, "s s 3"]]  # a row's prepared picture; raises UnreadableImage

ENDINGS = {  # what Pillow calls a format, and the endings its files go by
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "MPO": (".jpg", ".jpeg", ".mpo"),
    "PNG": (".png",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp", ".dib"),
    "WEBP": (".webp",),
    "DICOM": files.ENDINGS,
}
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")  # Pillow opens MPO through JPEG
MAX_PIXELS = 150_000_000  # several times any retinal camera; a larger file is a mistake or an attack
MIN_SIDE = 16  # pixels; below it there is nothing to read
DEPTHS = (8, 10, 12, 14, 16, 24, 31)  # bits a sensor fills; the last two only occur in 32-bit files

# Pillow warns above its own, lower limit and raises at twice that. Ours is the one stated to the user.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def read(path: Path, at_least: int | None = None) -> UInt8[np.ndarray, "h w 3"]:
    """The picture in a file as 8-bit RGB, upright (EXIF), transparency over black.

    `at_least`: a JPEG may be decoded at 1/2, 1/4 or 1/8 as long as its shorter side keeps
    this many pixels; the choice depends on the picture's size alone. Samples of more than
    8 bits are scaled by the smallest of 8, 10, 12, 14, 16 bits that holds the brightest of
    them, so 12-bit data in a 16-bit file is neither clipped nor dark; floats of at most 1
    are fractions, others follow the same rule. A multi-picture JPEG (MPO) is read as its
    first picture, which is the primary one (CIPA DC-007).

    Raises UnreadableImage: no regular file, empty, not one of JPEG, PNG, TIFF, BMP, WebP, DICOM,
    damaged, several frames and none named, over 150 megapixels, a side below 16 px, negative or
    non-finite samples. MissingExtra for DICOM without `[dicom]`.
    """
    path, number = address.split(path)
    _refuse_irregular(path)
    if files.is_dicom(path):
        return files.frame(path, number) if number else files.only_frame(path)
    if number:
        raise UnreadableImage(f"{path.name!r} is no DICOM file, so it has no frame {number}. Name the file alone.")
    try:
        with Image.open(path, formats=FORMATS) as picture:
            _refuse_unfit(path, picture)
            if at_least is not None:
                picture.draft(None, (at_least, at_least))  # only JPEG heeds it; never goes below
            deep = _is_deep_colour(picture)
            picture.load()
            if deep:
                return _deep_colour(path, picture)
            return _to_rgb(path, ImageOps.exif_transpose(picture))
    except UnreadableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(path) from None
    except UnidentifiedImageError:
        raise UnreadableImage(
            f"{path.name!r} is not a picture. Give a JPEG, PNG, TIFF, BMP, WebP or DICOM file."
        ) from None
    except Exception as error:  # noqa: BLE001 - damaged files make Pillow's parsers raise nearly anything
        raise UnreadableImage(
            f"{path.name!r} is damaged or cut off ({_first_line(error)}). Copy it again from its source."
        ) from None


def prepared(path: Path, modality: str, size: int) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """The very picture a model gets: `size` pixels square, prepared as its modality asks.

    Everything that feeds a model calls this and nothing else, so all see the same bits.
    Decoding keeps twice `size`: a field of view of half the picture's shorter side still
    covers `size` pixels. Raises UnreadableImage; UnknownName for an unknown modality.
    """
    prepare = plugins.load("mmfundus.modalities", modality).prepare
    pixels: UInt8[np.ndarray, "s s 3"] = prepare(read(path, at_least=2 * size), size)
    return pixels


def frames(path: Path) -> Iterator[UInt8[np.ndarray, "h w 3"]]:
    """Every picture of a file: of DICOM each frame in turn, of other files the one. Raises as `read`."""
    file, number = address.split(path)
    _refuse_irregular(file)
    if number or not files.is_dicom(file):
        yield read(path)
        return
    for number in range(1, files.facts(file).frames + 1):
        yield files.frame(file, number)


def kind(path: Path) -> str:
    """Format of a readable picture by its content: a key of `ENDINGS`."""
    if files.is_dicom(address.split(path)[0]):
        return "DICOM"
    with Image.open(path, formats=FORMATS) as picture:
        return str(picture.format)


def digest_bytes(path: Path) -> str:
    """SHA-256 of the file, hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_pixels(pixels: UInt8[np.ndarray, "h w 3"]) -> str:
    """SHA-256 of the picture's size and pixels: equal for the same picture in another lossless file."""
    found = hashlib.sha256(repr(pixels.shape).encode())
    found.update(np.ascontiguousarray(pixels).data)
    return found.hexdigest()


def _refuse_irregular(path: Path) -> None:
    """Refuse what is no ordinary file before opening it: opening a pipe would wait for ever."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise UnreadableImage(f"There is no file {path.name!r}. Check the path and the root folder.") from None
    except (OSError, ValueError) as error:
        raise UnreadableImage(f"{path.name!r} cannot be opened ({_first_line(error)}).") from None
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableImage(f"{path.name!r} is not a regular file. Give the path of a picture.")
    if status.st_size == 0:
        raise UnreadableImage(f"{path.name!r} is empty (0 bytes). Copy it again from its source.")


def _refuse_unfit(path: Path, picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise _too_large(path)
    if min(width, height) < MIN_SIDE:
        raise UnreadableImage(f"{path.name!r} is {width} x {height} pixels; each side must have at least {MIN_SIDE}.")
    frames = getattr(picture, "n_frames", 1)
    if frames > 1 and picture.format != "MPO":
        raise UnreadableImage(f"{path.name!r} holds {frames} frames; one is needed. Save the frame you mean by itself.")
    if picture.mode.startswith("I;16") and getattr(picture, "tag_v2", {}).get(262) == 0:
        # PhotometricInterpretation WhiteIsZero (TIFF 6.0, section 3): Pillow inverts it at 8 bits but not at 16.
        raise UnreadableImage(f"{path.name!r} is a 16-bit negative (white is zero). Save it with black as zero.")


def _too_large(path: Path) -> UnreadableImage:
    return UnreadableImage(f"{path.name!r} has more than {MAX_PIXELS // 10**6} megapixels. Save it smaller.")


def _first_line(error: BaseException) -> str:
    """An error's words without the path that OSError adds."""
    text = (error.strerror or "") if isinstance(error, OSError) and error.errno else str(error)
    return (text.splitlines() or [""])[0][:80] or type(error).__name__


def _to_rgb(path: Path, picture: Image.Image) -> UInt8[np.ndarray, "h w 3"]:
    if picture.mode.startswith("I") or picture.mode == "F":
        grey = np.asarray(picture)
        return np.repeat(_scaled(path, grey)[..., None], 3, axis=2)
    if picture.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in picture.info:
        over = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", over.size, (0, 0, 0, 255)), over)
    return np.array(picture.convert("RGB"))


def _scaled(
    path: Path, samples: Integer[np.ndarray, "*shape"] | Float[np.ndarray, "*shape"]
) -> UInt8[np.ndarray, "*shape"]:
    if not np.isfinite(samples).all():
        raise UnreadableImage(f"{path.name!r} has pixels that are not numbers. Save it as 8 or 16 bit.")
    low, high = samples.min(), samples.max()
    if low < 0:
        raise UnreadableImage(f"{path.name!r} has pixels down to {low:g}; black is 0. Save it as 8 or 16 bit.")
    fraction = samples.dtype.kind == "f" and high <= 1
    top = 1 if fraction else next((2**bits - 1 for bits in DEPTHS if high < 2**bits), None)
    if top is None:
        raise UnreadableImage(f"{path.name!r} has pixels up to {high:g}; the limit is 31 bits. Save it as 16 bit.")
    return np.rint(samples * (255.0 / top)).astype(np.uint8)


def _is_deep_colour(picture: Image.Image) -> bool:
    """Colour of 16 bits a channel, of which Pillow keeps the upper byte: 12-bit data would come out black."""
    return picture.mode == "RGB" and any(";16" in _raw_mode(tile) for tile in getattr(picture, "tile", ()))


def _raw_mode(tile: tuple) -> str:
    arguments = tile[3]
    return arguments if isinstance(arguments, str) else str(arguments[0]) if arguments else ""


def _deep_colour(path: Path, upper: Image.Image) -> UInt8[np.ndarray, "h w 3"]:
    """Read the lower bytes by asking for the other byte order, and scale both together."""
    with Image.open(path, formats=FORMATS) as lower:
        lower.tile = [tile._replace(args=_other_order(tile)) for tile in lower.tile]
        lower.load()
        bytes_ = [np.asarray(ImageOps.exif_transpose(half), np.uint16) for half in (upper, lower)]
    return _scaled(path, bytes_[0] << 8 | bytes_[1])


def _other_order(tile: tuple) -> tuple | str:
    mode = _raw_mode(tile)
    other = mode[:-1] + ("L" if mode.endswith("B") else "B")
    return other if isinstance(tile[3], str) else (other, *tile[3][1:])
