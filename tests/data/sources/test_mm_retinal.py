LAYOUT = {
    "CFP_translated_v1.csv": "Image_ID,en_caption,cn_caption\nfigure01-05A,A normal left eye,x\n",
    "CFP/figure01-05A.png": None,
    "FFA_translated_v1.csv": "Image_ID,en_caption\nfigure01-05C,Autofluorescence image of the left eye\n"
    "figure01-05D,Late FFA image of the left eye\nfigure03-10E,Synchronized FFA and ICGA of the right eye\n",
    **{f"FFA/{name}.jpg": None for name in ("figure01-05C", "figure01-05D", "figure03-10E")},
}
ODD = {"FFA/figure01-05B.jpg": None, "FFA/figure01-08A.jpg": None}


def test_pictures_of_a_figure_are_one_patient_whatever_the_modality(convert):
    rows = convert("mm_retinal", LAYOUT).rows
    photograph, angiogram = rows["CFP/figure01-05A.png"], rows["FFA/figure01-05D.jpg"]
    assert photograph.patient == angiogram.patient == "mm_retinal_figure01-05"
    assert photograph.split == angiogram.split
    assert photograph.captions == ("A normal left eye",)
    assert photograph.present == ()


def test_the_folder_of_angiograms_is_sorted_by_caption(convert):
    extra = "figure01-05B,Red-free image of the left eye\nfigure01-08A,ICGA of the right eye\n"
    got = convert("mm_retinal", LAYOUT | ODD | {"FFA_translated_v1.csv": LAYOUT["FFA_translated_v1.csv"] + extra})
    assert {name: row.modality for name, row in got.rows.items() if name.startswith("FFA")} == {
        "FFA/figure01-05C.jpg": "slo",
        "FFA/figure01-05D.jpg": "fa",
        "FFA/figure03-10E.jpg": "fa",
    }
    assert set(got.refused) == set(ODD)
