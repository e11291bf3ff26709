"""Ids that group without naming: the same patient always gets the same word, and only with the key.

A plain digest of a hospital's number is undone by trying all numbers; a keyed one is not, as long as the key is kept
apart from what it made (HMAC, RFC 2104; PS3.15 annex E, "Retain Longitudinal" needs consistent replacement).
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from mmfundus.errors import UsageError

LENGTH = 32  # bytes of a key
SHOWN = 16  # hexadecimal digits of a pseudonym: 64 bits, so a million patients collide with a chance below 1e-7


def fresh() -> bytes:
    """A key that nobody keeps: pseudonyms that hold for one call."""
    return secrets.token_bytes(LENGTH)


def key(file: Path) -> bytes:
    """The key of a file, which is made, readable by its owner alone, where there is none."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
            made.write(fresh().hex() + "\n")
    except FileExistsError:
        pass
    try:
        held = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (UnicodeDecodeError, ValueError):
        held = b""
    if len(held) != LENGTH:
        raise UsageError(f"{file.name!r} is no key: it must hold {2 * LENGTH} hexadecimal digits and nothing else.")
    return held


def pseudonym(secret: bytes, *parts: str) -> str:
    """The word that stands for an id; empty for an empty one."""
    if not any(part.strip() for part in parts):
        return ""
    told = "\0".join(part.strip() for part in parts).encode()
    return hmac.new(secret, told, hashlib.sha256).hexdigest()[:SHOWN]
