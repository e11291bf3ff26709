import pytest

from mmfundus.knowledge.redaction.numbers import cuts


def found(note):
    return {(cut.kind, note[cut.start : cut.end]) for cut in cuts(note)}


@pytest.mark.parametrize(
    ("kind", "number", "before"),
    [
        ("ID", "A1234567", "MRN: "), ("ID", "FA/0042", "Hosp. no. "), ("ID", "OO-0001", "Oncology no. "),
        ("ID", "000 111 2222", "NHS no "), ("ID", "4-4-4", "(ID "), ("ID", "123-45-6789", ""), ("ID", "20190102", ""),
        ("ID", "TST-000123", ""), ("ID", "K 445 901", "Hosp No "), ("PHONE", "(555) 010-9987", ""),
        ("PHONE", "01632 960 222", ""), ("PHONE", "+44 20 7946 0958", ""), ("PHONE", "555-0100", "ph "),
        ("PHONE", "0000", "pager "), ("EMAIL", "a.b+c@d-e.example", ""), ("URL", "https://x.example/p?q=1", ""),
        ("URL", "portal.example/p/8", ""), ("URL", "10.0.0.7", ""), ("PLACE", "NR21 0HY", ""),
        ("PLACE", "MA 02139", ""), ("PLACE", "PO Box 77", ""), ("AGE", "97", ""), ("AGE", "101", "aged "),
    ],
)  # fmt: skip
def test_numbers_are_found(kind, number, before):
    behind = " yo" if (kind, before) == ("AGE", "") else "; OD flat"
    assert (kind, number) in found(f"seen, {before}{number}{behind}")


@pytest.mark.parametrize(
    "words",
    ["VA 20/200 OD 20/40 OS", "PH 6/9", "IOP 16/18", "CST 312/298 um", "400-1500 µm", "E11.3393", "H35.3124", "E113393",
     "SN60WF +21.5D", "I-125 plaque", "C3F8 14 %", "zone II stage 2", "lens no 2", "89 yo", "45M", "95 um", "90 D lens",
     "MD -3.45 dB", "in 2019", "R1M0", "5.8 x 11 mm", "ETDRS 85 letters"],
)  # fmt: skip
def test_clinical_numbers_stay(words):
    assert found(f"OD: {words}, retina flat") == set()
