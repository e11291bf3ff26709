"""Where notes may be sent: this computer, or another one if the user typed that it may.

A name is resolved before anything is read, and a server on this computer is then spoken to by the address that was
found, so that the name cannot mean another computer a moment later.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from mmfundus.errors import UsageError

PORTS = {"http": 80, "https": 443}
DOUBTFUL = re.compile(r"[^\x21-\x7e]|[\\?#]")  # what two readers of one address might understand in two ways
EXAMPLE = "http://localhost:8000/v1"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that was looked at."""

    url: str  # what to connect to
    shown: str  # its name and port, for messages
    local: bool  # on this computer


def server(base_url: str, allow_remote: bool = False) -> Server:
    """The server at an address. Raises UsageError for one that cannot be meant, or is elsewhere and not allowed."""
    parts = _split(base_url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    shown = f"{host}:{port}"
    address = _loopback(host, port)
    if not address and not allow_remote:
        raise UsageError(
            f"{shown} is not this computer, and notes would leave it: without names, dates and numbers of records as "
            "far as rules find these, which is not anonymisation. If you may send them there, say --allow-remote."
        )
    pinned = address if address and parts.scheme == "http" else host  # a certificate is for the name
    path = parts.path.rstrip("/")
    return Server(f"{parts.scheme}://{_bracketed(pinned)}:{port}{path}", shown, bool(address))


def _split(base_url: str) -> SplitResult:
    """The parts of an address, if every reader of it would find the same."""
    try:
        parts = urlsplit(base_url)
        _ = parts.port  # raises for one that is no number
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if parts.scheme not in PORTS or not parts.hostname or DOUBTFUL.search(base_url):
        raise UsageError(f"{_harmless(base_url)!r} is no address of a server. Give one like {EXAMPLE}.")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "The address holds a user or a password. Keys are read from MMFUNDUS_API_KEY or OPENAI_API_KEY alone; "
            f"give the address without it, like {EXAMPLE}."
        )
    return parts


def _harmless(base_url: str) -> str:
    """An address without what might be a secret in it."""
    return re.sub(r"//[^/@]*@", "//", base_url.split("?")[0].split("#")[0])


def _loopback(host: str, port: int) -> str:
    """An address of this computer that a name means; "" where any of its addresses is elsewhere, or none is known."""
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return ""
    return found[0] if found and all(map(_is_loopback, found)) else ""


def _is_loopback(text: str) -> bool:
    address = ipaddress.ip_address(text.split("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
