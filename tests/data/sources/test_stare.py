LAYOUT = {
    "all-mg-codes.txt": "im0001\t13 14\tChoroidal Neovascularization AND Histoplasmosis\n"
    "im0002\t0\tNormal\nim0003\t7\tBackground Diabetic Retinopathy?\n",
    "im0001.png": None,
    "im0002.png": None,
    "im0003.png": None,
}


def test_codes_state_and_doubt_does_not(convert):
    rows = convert("stare", LAYOUT).rows
    assert rows["im0001.png"].present == ("choroidal_neovascularization",)
    assert rows["im0001.png"].extra["source_label"] == "Choroidal Neovascularization AND Histoplasmosis"
    assert rows["im0002.png"].present == ("normal",)
    assert rows["im0003.png"].present == ()


def test_a_ppm_is_named_unless_a_copy_lies_beside_it(convert):
    ppm = b"P6 1 1 255\n\0\0\0"
    alone = {name: it for name, it in LAYOUT.items() if name != "im0002.png"} | {"im0002.ppm": ppm}
    assert "Save it as PNG" in convert("stare", alone).refused["im0002.ppm"]


def test_the_original_beside_its_copy_is_set_aside(convert):
    got = convert("stare", LAYOUT | {"im0002.ppm": b"P6 1 1 255\n\0\0\0"})
    assert (got.refused, sum(got.done.aside.values())) == ({}, 1)


def test_a_line_of_no_known_form_and_an_unknown_code_are_named(convert):
    got = convert("stare", LAYOUT | {"all-mg-codes.txt": LAYOUT["all-mg-codes.txt"] + "notes by hand\n"})
    assert list(got.refused) == ["notes"]
    got = convert("stare", LAYOUT | {"all-mg-codes.txt": "im0001\t99\tNew\nim0002\t0\tNormal\nim0003\t0\tNormal\n"})
    assert "'99'" in got.refused["im0001.png"]
