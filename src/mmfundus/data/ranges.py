"""Ranges of bytes of the files in one folder, on this machine or at any fsspec address. The only door of fsspec.

Both kinds may be read from several threads and from forked processes: `os.pread` takes its
own place in the file, and fsspec gives each process its own connection.
"""

import os
from pathlib import Path
from typing import Any

from mmfundus.errors import MissingExtra, UsageError, WorkError

HANDLES = 256  # files of a local folder kept open by a process; systems often allow 1024 in all


class Folder:
    """A local folder; each file is opened once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handles: dict[str, int] = {}

    def __reduce__(self) -> tuple[type["Folder"], tuple[Path]]:
        return Folder, (self.path,)  # a handle means nothing to another process that was not forked

    def __del__(self) -> None:
        for handle in self._handles.values():
            os.close(handle)

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """That many bytes of a file, fewer only where it ends before; None is all there are.

        Raises WorkError where there is no such file or it cannot be read.
        """
        try:
            handle = self._handles.get(name)
            if handle is not None:
                return _bytes(handle, start, length)
            handle = self._opened(name)
            try:
                return _bytes(handle, start, length)
            finally:
                # Kept for the next read, unless too many are or another thread was first. None is
                # ever closed to make room: another thread may be reading from it.
                if len(self._handles) >= HANDLES or self._handles.setdefault(name, handle) != handle:
                    os.close(handle)
        except OSError as error:
            raise WorkError(f"{name} cannot be read ({error.strerror or type(error).__name__}).") from None

    def _opened(self, name: str) -> int:
        path = self.path / name
        if not path.is_file():  # opening a pipe would wait for ever
            raise WorkError(f"There is no file {name} in {self.path.name!r}. Copy it again from its source.")
        return os.open(path, os.O_RDONLY)


class Remote:
    """A folder at an fsspec address; each read is one request. Messages leave the address out: it may hold a key."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """As `Folder.read`; UsageError where fsspec does not know the address, MissingExtra without fsspec."""
        # Asked for at each read: fsspec keeps one filesystem a process, and a fork needs its own.
        system, folder = _system(self.address)
        try:
            end = None if length is None else start + length
            return bytes(system.cat_file(f"{folder}/{name}", start=start, end=end))
        except FileNotFoundError:
            raise WorkError(f"There is no file {name} at the address of the shards. Copy it there again.") from None
        except Exception as error:  # noqa: BLE001 - every filesystem raises the errors of its own library
            raise WorkError(
                f"{name} cannot be read from the address of the shards ({type(error).__name__}). "
                "Check the connection and the right to read."
            ) from None


def files(address: str) -> Folder | Remote:
    """The files of a local folder, or of an fsspec address such as `s3://bucket/folder`."""
    return Remote(address) if "://" in address or "::" in address else Folder(Path(address))


def _bytes(handle: int, start: int, length: int | None) -> bytes:
    return os.pread(handle, os.fstat(handle).st_size - start if length is None else length, start)


def _system(address: str) -> tuple[Any, str]:
    """The filesystem of an address, and the folder on it."""
    try:
        import fsspec  # type: ignore[import-untyped]

        system, folder = fsspec.url_to_fs(address)
    except ModuleNotFoundError:
        raise MissingExtra("Reading shards from an address that is no folder", "train") from None
    except (ImportError, ValueError) as error:
        raise UsageError(f"The address of the shards cannot be used: {error}.") from None
    return system, folder.rstrip("/")
