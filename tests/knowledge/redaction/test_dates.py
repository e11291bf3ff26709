import pytest

from mmfundus.knowledge.redaction.dates import cuts


def found(note):
    return {note[cut.start : cut.end]: cut.year for cut in cuts(note)}


@pytest.mark.parametrize(
    "date",
    ["3/4/2019", "03-04-19", "3.4.2019", "2019-04-03", "2019/4/3", "31/04/1949", "4/2019", "3 April 2019",
     "3rd of April", "April 3, 2019", "Apr 3", "3-Apr-2019", "03APR2019", "Apr 2019", "april 2019", "12 OCT 2022",
     "Sept '19", "2019 Apr 3"],
)  # fmt: skip
def test_dates_are_found_in_every_form(date):
    assert date in found(f"seen {date}, OD flat")


@pytest.mark.parametrize(
    "words",
    ["in 2019", "two weeks ago", "VA 6/9 20/40", "24-2 field", "OCT 12 lines", "OCT 2019", "it may improve", "2 mar",
     "VA dec 20/40", "CDR 0.3/0.4", "grade 2-3", "6/12 to 6/9", "f/u 3/12", "4-2-1 rule", "PMA 33+4", "stage 2.5"],
)  # fmt: skip
def test_clinical_figures_are_no_dates(words):
    assert found(f"OD: {words}, retina flat") == {}


def test_the_year_stays_unless_it_tells_an_age():
    assert found("on 3/4/2019") == {"3/4/2019": "2019"}
    assert found("on 3/4/1949") == {"3/4/1949": ""}
    assert found("DOB: 3/4/2019") == {"3/4/2019": ""}
    assert found("born 1931 in town")["1931"] == ""
    assert found("Oct '19") == {"Oct '19": ""}
