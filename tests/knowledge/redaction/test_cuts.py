from mmfundus.knowledge.redaction.cuts import KINDS, PLACEHOLDER, Cut


def test_every_placeholder_is_recognised_as_one():
    for kind in KINDS:
        assert PLACEHOLDER.fullmatch(Cut(kind, 0, 5).placeholder)[1] == kind
    assert PLACEHOLDER.fullmatch(Cut("DATE", 0, 5, "2019").placeholder)[2] == "2019"
    assert Cut("DATE", 0, 5, "2019").placeholder == "[DATE 2019]"
    assert not PLACEHOLDER.search("[OTHER] [DATE 20] NAME")
