LAYOUT = {
    "1000images/0.0.Normal/a.JPG": None,
    "1000images/0.1.Tessellated fundus/b.JPG": None,
    "1000images/10.0.Possible glaucoma/c.JPG": None,
    "1000images/13.Dragged Disc/d.JPG": None,
}


def test_a_class_is_what_is_present_and_no_more(convert):
    rows = convert("jsiec1000", LAYOUT).rows
    stated = {row.extra["source_label"]: (row.present, row.absent) for row in rows.values()}
    assert stated == {
        "0.0.Normal": (("normal",), ()),
        "0.1.Tessellated fundus": (("tessellated_fundus",), ()),
        "10.0.Possible glaucoma": (("glaucoma_suspect",), ()),
        "13.Dragged Disc": ((), ()),
    }


def test_a_folder_that_is_no_class_is_named(convert):
    got = convert("jsiec1000", LAYOUT | {"1000images/99.New/e.JPG": None})
    assert list(got.refused) == ["1000images/99.New/e.JPG"]


def test_all_39_classes_are_known():
    from mmfundus.data.sources import jsiec1000

    assert len(jsiec1000.CLASSES) + len(jsiec1000.SOURCE.unmapped) == 39
