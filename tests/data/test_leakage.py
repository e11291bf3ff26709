"""Planted leaks are found, each by its kind, and what is no leak is not."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mmfundus import tables
from mmfundus.data import fingerprints, leakage, texture
from mmfundus.types import Row

SALT = "00" * 16


def taken(folder, name, *images, patients=None, splits=None):
    rows = [
        Row(image, "cfp", (patients or {}).get(image, image), split=(splits or {}).get(image, "train"))
        for image in images
    ]
    return fingerprints.take(rows, folder, name, SALT)


@pytest.fixture(scope="module")
def folder(eye, copies, tmp_path_factory):
    """Eyes 0 to 11, and of eye 0 a copy of each kind."""
    made = tmp_path_factory.mktemp("eyes")
    for number in range(12):
        eye(number).save(made / f"{number}.png")
    for kind, alter in copies.items():
        alter(eye(0)).save(made / f"{kind}.png")
    shutil.copy(made / "0.png", made / "same bytes.png")
    eye(0).save(made / "same pixels.bmp")
    return made


@pytest.fixture(scope="module")
def gallery(folder):
    return taken(folder, "train.csv", *(f"{number}.png" for number in range(12)))


def test_each_planted_copy_is_found_and_nothing_else(folder, gallery, copies):
    found = leakage.between(taken(folder, "test.csv", *(f"{kind}.png" for kind in copies)), gallery)
    assert [(match.image, match.match) for match in found] == [(f"{kind}.png", "0.png") for kind in copies]
    for match in found:
        assert match.how == ("near (mirrored)" if match.image == "mirrored.png" else "near")
        assert leakage.ALIKE <= match.score <= 1
        assert match.kinds == ("near",)


@pytest.mark.parametrize(("image", "how"), [("same bytes.png", "bytes"), ("same pixels.bmp", "pixels")])
def test_equal_pictures_are_named_by_the_surest_kind_alone(folder, gallery, image, how):
    (match,) = leakage.between(taken(folder, "test.csv", image), gallery)
    assert (match.how, match.score, match.match) == (how, 1.0, "0.png")


def test_patients_are_found_however_they_are_typed(folder):
    train = taken(folder, "train.csv", "1.png", "2.png", patients={"1.png": "P-007", "2.png": "P-008"})
    test = taken(folder, "test.csv", "3.png", "4.png", patients={"3.png": "p7"})
    (match,) = leakage.between(test, train)
    assert (match.image, match.match, match.how) == ("3.png", "1.png", "patient")
    assert np.isnan(match.score)


def test_a_patients_picture_that_is_copied_has_both_kinds(folder):
    train = taken(folder, "train.csv", "0.png", patients={"0.png": "a"})
    (match,) = leakage.between(taken(folder, "t.csv", "same bytes.png", patients={"same bytes.png": "A"}), train)
    assert (match.how, match.kinds, match.score) == ("bytes;patient", ("bytes", "patient"), 1.0)


def test_a_models_own_salt_is_used(folder, gallery):
    rows = [Row("0.png", "cfp", "P1"), Row("1.png", "cfp", "P2")]
    model = fingerprints.take(rows, folder, "trained")
    assert model.salt != SALT
    asked = [Row("5.png", "cfp", "p-01")]
    (match,) = leakage.against(asked, fingerprints.take(asked, folder, "t.csv", SALT), model)
    assert (match.match, match.how) == ("0.png", "patient")


def test_splits_of_one_table_are_compared(folder):
    splits = {"0.png": "train", "mirrored.png": "test", "1.png": "test", "same bytes.png": "train"}
    found = leakage.within(taken(folder, "m.csv", *splits, splits=splits))
    assert {(m.table, m.image, m.other, m.match) for m in found} == {
        ("m.csv, test", "mirrored.png", "m.csv, train", "0.png"),
        ("m.csv, test", "mirrored.png", "m.csv, train", "same bytes.png"),
    }


def test_an_empty_table_and_a_refused_image_match_nothing(folder, gallery):
    assert leakage.between(taken(folder, "none.csv"), gallery) == []
    assert leakage.between(gallery, taken(folder, "none.csv")) == []
    assert leakage.between(taken(folder, "t.csv", "gone.png", "gone2.png"), taken(folder, "u.csv", "gone3.png")) == []


def test_blocks_of_any_size_find_the_same(folder, gallery, copies, monkeypatch):
    asked = taken(folder, "test.csv", *(f"{kind}.png" for kind in copies), "5.png")
    whole = leakage.between(asked, gallery)
    for name, size in {"PROBED": 3, "BLOCK": 5, "AT_ONCE": 2}.items():
        monkeypatch.setattr(leakage, name, size)
    assert leakage.between(asked, gallery) == whole
    assert len(whole) == len(copies) + 1


def plain(name, vector, detail=b""):
    return fingerprints.Print(name, name, name, "", "", detail, "", np.asarray(vector, "<f4").tobytes())


def test_vectors_decide_on_plain_pictures_alone():
    """Sixty pictures along a circle: a copy lies a tenth of a step from its own, a stranger a whole one beside."""
    angles = np.arange(60) / 30
    others = [plain(f"{i}", (np.cos(a), np.sin(a), 0)) for i, a in enumerate(angles)]
    copy = plain("copy", (np.cos(angles[7] + 0.1 / 30), np.sin(angles[7] + 0.1 / 30), 0))
    far = plain("far", (np.cos(1 / 30), 0, np.sin(1 / 30)))
    (found,) = leakage.near([copy], others)
    assert found[:3] == (0, 7, "near (vector)")
    assert leakage.near([far], others) == [], "a step away is another picture"
    detailed = [replace(one, texture=b"\x88" * 4608) for one in (copy, *others)]
    assert leakage.near(detailed[:1], detailed[1:]) == [], "what has detail is known by it"
    assert leakage.near([copy], others[:20]) == [], "too few to know what distance is usual"


def tables_of(folder):
    for name, lines in {"train": "0.png,P01\n1.png,P02\n", "test": "mirrored.png,\n5.png,p 2\n6.png,\n"}.items():
        (folder / f"{name}.csv").write_text("image,patient,modality\n" + lines.replace("\n", ",cfp\n"))


def test_the_verb_writes_a_row_a_match_and_ends_with_1(call, folder, tmp_path):
    tables_of(folder)
    done = call("leakage", folder / "train.csv", folder / "test.csv", "--out", tmp_path / "l.csv")
    assert done.code == 1
    rows = tables.read(tmp_path / "l.csv")
    assert list(zip(rows["image"], rows["match"], rows["how"], strict=True)) == [
        ("0.png", "mirrored.png", "near (mirrored)"),
        ("1.png", "5.png", "patient"),
    ]
    assert "leaked: 0.png (train.csv): near (mirrored) as mirrored.png (test.csv)" in done.err
    assert "5 images, tables: 2. Images that match another: 2." in done.out
    assert "P01" not in done.out + done.err


def test_the_verb_ends_with_0_where_nothing_is_shared(call, folder, tmp_path):
    for name, image in (("one", "7.png"), ("two", "8.png")):
        (folder / f"{name}.csv").write_text(f"image,modality\n{image},cfp\n")
    done = call("leakage", folder / "one.csv", folder / "two.csv", "--out", tmp_path / "l.csv")
    assert (done.code, done.err) == (0, "")
    assert tables.read(tmp_path / "l.csv")["image"] == []


def test_a_model_without_fingerprints_is_named(call, folder, tiny_model_folder, tmp_path):
    tables_of(folder)
    done = call("leakage", folder / "train.csv", "--model", tiny_model_folder, "--out", tmp_path / "l.csv")
    assert done.code == 2
    assert "has no fingerprints.parquet" in done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("test.csv", "--out", "l.txt"), "ends in '.txt'"),
        (("test.csv", "--out", "l.csv", "--root", "."), "1 roots are given for 2 tables"),
        (("train.csv", "--out", "l.csv"), "'train.csv' is given twice"),
        (("--out", "l.csv"), "one table of one split"),
        (("test.csv", "--out", "l.csv", "--no-near", "--vectors-by", "m"), "--vectors-by has no use"),
        (("gone.csv", "--out", "l.csv"), "There is no table"),
        (("test.csv", "--out", "train.csv/l.csv"), "'train.csv' is a file"),
    ],
)
def test_wrong_calls(call, folder, monkeypatch, options, words):
    tables_of(folder)
    monkeypatch.chdir(folder)
    done = call("leakage", "train.csv", *options)
    assert (done.code, words in done.err) == (2, True), done.err
    assert not (folder / "l.csv").exists()


def test_digests_alone_find_no_altered_copy(call, folder, tmp_path):
    tables_of(folder)
    done = call("leakage", folder / "train.csv", folder / "test.csv", "--out", tmp_path / "l.csv", "--no-near")
    assert (done.code, tables.read(tmp_path / "l.csv")["how"]) == (1, ["patient"])


def test_what_would_take_days_is_not_begun(call, folder, tmp_path):
    many = "image,modality\n" + "".join(f"{i}.png,cfp\n" for i in range(20_000))
    for name in ("a", "b"):
        (folder / f"{name}.csv").write_text(many)
    assert leakage.seconds(1_000_000, 1_000_000) > 10 * 24 * 3600
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmfundus.verbs.leakage.LONGEST", 600)
        done = call("leakage", folder / "a.csv", folder / "b.csv", "--out", tmp_path / "l.csv")
    assert done.code == 2
    assert "search 40,000 images for altered copies takes some 0 hours" in done.err
    assert "--no-near" in done.err


def test_tables_of_one_name_are_told_apart(call, folder, tmp_path):
    (tmp_path / "t.csv").write_text("image,modality\n7.png,cfp\n")
    (folder / "t.csv").write_text("image,modality\n7.png,cfp\n")
    asked = (folder / "t.csv", tmp_path / "t.csv", "--root", folder, folder)
    done = call("leakage", *asked, "--out", tmp_path / "l.csv")
    rows = tables.read(tmp_path / "l.csv")
    assert (done.code, rows["table"], rows["other"]) == (1, ["t.csv (1)"], ["t.csv (2)"])


def test_damaged_images_are_named_and_the_others_compared(call, folder, tmp_path):
    (folder / "cut.png").write_bytes((folder / "3.png").read_bytes()[:500])
    (folder / "x.csv").write_text("image,modality\ncut.png,cfp\ngone.png,cfp\n0.png,cfp\n")
    (folder / "y.csv").write_text("image,modality\nsame bytes.png,cfp\n")
    done = call("leakage", folder / "x.csv", folder / "y.csv", "--out", tmp_path / "l.csv")
    assert (done.code, tables.read(tmp_path / "l.csv")["image"]) == (1, ["0.png"])
    assert "'cut.png' is damaged" in done.err and "There is no file 'gone.png'" in done.err


def test_sections_and_photographs_are_not_compared_and_sections_must_be_more_alike(monkeypatch):
    """Layers of healthy eyes run alike, so what is enough for a photograph is not for a section."""
    photo = plain("a", (1, 0), texture.packed(np.arange(96 * 96, dtype=np.uint8).reshape(96, 96) % 15 + 1))
    section = replace(photo, layered=True)
    monkeypatch.setattr(texture, "agreement", lambda *_: (leakage.ALIKE + leakage.ALIKE_LAYERED) / 2)
    assert len(leakage.near([photo], [photo])) == 1
    assert leakage.near([photo], [section]) == []
    assert leakage.near([section], [section]) == []
    monkeypatch.setattr(texture, "agreement", lambda *_: leakage.ALIKE_LAYERED)
    assert len(leakage.near([section], [section])) == 1


@pytest.mark.slow
def test_real_eyes(shared_data, copies):
    """Planted copies of real photographs are found among 300, and the fellow eyes are not taken for copies."""
    names = sorted(path.name for path in (shared_data / "odir5k" / "images").iterdir())[:300]
    gallery = taken(shared_data / "odir5k" / "images", "odir", *names)
    for kind, alter in copies.items():
        for name in names[:40:4]:
            pixels = np.asarray(alter(Image.open(shared_data / "odir5k" / "images" / name).convert("RGB")))
            copy = fingerprints.Print("copy", "", "", "", "", texture.packed(texture.texture(pixels)))
            found = leakage.near([copy], gallery.prints)
            assert [gallery.prints[j].image for _, j, _, _ in found] == [name], (kind, name)
