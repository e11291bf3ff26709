import stat

import pytest

from mmfundus.data.dicom import pseudonyms
from mmfundus.errors import UsageError


def test_the_same_id_and_key_give_the_same_word_and_nothing_of_the_id():
    key, other = b"k" * 32, b"o" * 32
    word = pseudonyms.pseudonym(key, "clinic", "4711")
    assert word == pseudonyms.pseudonym(key, " clinic", "4711 ")  # DICOM pads to even length
    assert word not in (pseudonyms.pseudonym(other, "clinic", "4711"), pseudonyms.pseudonym(key, "clini", "c4711"))
    assert len(word) == 16 and "4711" not in word


def test_it_is_hmac_sha256():
    """RFC 4231, test case 2: key "Jefe"."""
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert pseudonyms.pseudonym(b"Jefe", "what do ya want for nothing?") == digest[:16]


def test_no_id_is_no_word():
    assert pseudonyms.pseudonym(b"k", "", " ") == ""


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path):
    first = pseudonyms.key(tmp_path / "m.key")
    assert pseudonyms.key(tmp_path / "m.key") == first
    assert stat.S_IMODE((tmp_path / "m.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "secret", "ab" * 31, "\xff"])
def test_a_file_that_is_no_key_is_refused(tmp_path, text):
    (tmp_path / "m.key").write_text(text, encoding="latin-1")
    with pytest.raises(UsageError, match=r"'m.key' is no key: it must hold 64"):
        pseudonyms.key(tmp_path / "m.key")
