LAYOUT = {
    "DMED/(00000003).jpg": None,
    "DMED/(00000003).GND": "2\nExudate 1\nMicroAneurysm 0\n0\n0\n0\nNA\n",
    "DMED/(00000003).meta": "~ImageName:~(00000003).jpg\n~PatientGender~F\n~PatientDOB~1/1/1900\n",
    "DMED/(00000003)_vess.png": None,
    "DMED/(00000094).jpg": None,
    "DMED/(00000094).GND": "GNDVERSION2.0 (INCLUDES NOTES AT THE END OF THE FILE)\n0\n0\n38\n9\n",
    "DMED/(00000095).jpg": None,
}


def test_outlined_exudates_prove_neither_kind_and_none_denies_the_hard(convert):
    got = convert("heimed", LAYOUT)
    marked, clean, silent = (got.rows[f"DMED/(000000{i}).jpg"] for i in ("03", "94", "95"))
    assert (marked.present, marked.absent, marked.extra["source_label"]) == ((), (), "exudates")
    assert clean.absent == silent.absent == ("hard_exudates",)
    assert got.done.aside == {"vessels as a program saw them": 1}


def test_sex_is_kept_and_the_date_of_birth_is_not(convert):
    row = convert("heimed", LAYOUT).rows["DMED/(00000003).jpg"]
    assert row.extra["sex"] == "F"
    assert "1900" not in str(row)


def test_a_record_of_another_form_is_refused(convert):
    got = convert("heimed", LAYOUT | {"DMED/(00000094).GND": "nothing\n"})
    assert list(got.refused) == ["DMED/(00000094).jpg"]
