from mmfundus.data.sources._source import Source


def source(confirmed: str, unconfirmed: str = "") -> Source:
    return Source("t", "u", "l", "c", ("cfp",), None, None, confirmed, unconfirmed)


def test_what_is_said_of_the_layout():
    assert source("seen").layout == "confirmed"
    assert source("seen", "a folder's name").layout == "in part"
    assert source("").layout == "unconfirmed"
