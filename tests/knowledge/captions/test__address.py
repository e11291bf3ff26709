import socket

import pytest

from mmfundus.errors import UsageError
from mmfundus.knowledge.captions._address import server

NAMES = {"vault.example": ["192.0.2.7"], "here.example": ["127.0.0.5"], "both.example": ["127.0.0.1", "192.0.2.7"]}


@pytest.fixture
def names(monkeypatch):
    """Names that mean what NAMES says; figures and localhost mean themselves."""
    real = socket.getaddrinfo

    def told(host, port, **options):
        if host in NAMES:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in NAMES[host]]
        if host.endswith(".example"):
            raise socket.gaierror("no such name")
        return real(host, port, **options)

    monkeypatch.setattr(socket, "getaddrinfo", told)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://127.8.9.10/v1/", "http://127.8.9.10:80/v1"),
        ("http://[::1]:11434/v1", "http://[::1]:11434/v1"),
        ("http://[::ffff:127.0.0.1]:1/v1", "http://[::ffff:127.0.0.1]:1/v1"),
        ("http://here.example:8000/v1", "http://127.0.0.5:8000/v1"),  # by address: the name might change its mind
        ("https://here.example/v1", "https://here.example:443/v1"),  # by name: its certificate says so
    ],
)
def test_this_computer_needs_no_leave(names, given, url):
    found = server(given)
    assert found.local and found.url == url


def test_localhost_is_this_computer():
    assert server("http://localhost:8000/v1").local


@pytest.mark.parametrize(
    "given",
    [
        "http://192.0.2.7:8000/v1", "https://vault.example/v1", "http://both.example/v1", "http://unheard.example/v1",
        "http://10.0.0.5/v1", "http://0.0.0.0:8000/v1", "http://[2001:db8::1]/v1", "http://localhost.vault.example/v1",
        "http://169.254.169.254/v1",
    ],
)  # fmt: skip
def test_another_computer_needs_leave(names, given):
    with pytest.raises(UsageError, match=r"not this computer.*--allow-remote"):
        server(given)
    assert not server(given, allow_remote=True).local


@pytest.mark.parametrize(
    "given",
    ["", "localhost:8000", "ftp://localhost/v1", "http://", "http:///v1", "http://localhost:x/v1", "http://localhost:99999/v1",
     "http://localhost/v1?key=sk-1", "http://localhost/v1#sk-1", "http://a b/v1", "http://vault.example\\@localhost/v1",
     "http://lo\ncalhost/v1", "http://löcalhost/v1"],
)  # fmt: skip
def test_what_readers_might_understand_in_two_ways_is_refused(given):
    with pytest.raises(UsageError, match="no address of a server") as raised:
        server(given, allow_remote=True)
    assert "sk-1" not in str(raised.value)


@pytest.mark.parametrize(
    "given", ["http://user:sk-1@localhost/v1", "http://sk-1@localhost/v1", "http://127.0.0.1@vault.example/v1"]
)
def test_a_secret_in_the_address_is_refused_and_not_repeated(names, given):
    with pytest.raises(UsageError, match="MMFUNDUS_API_KEY") as raised:
        server(given, allow_remote=True)
    assert "sk-1" not in str(raised.value)
