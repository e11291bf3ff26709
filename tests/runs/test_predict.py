"""Asking a model: labels by any name, strict JSON, pictures that overwrite nothing, names that steer nothing."""

import csv
import json
import os
import shutil

import pytest
from PIL import Image

from mmfundus import NOTICE
from mmfundus.data import sample

ROWS = [row for row in sample.manifest().rows if row.modality == "cfp"]
PICTURES = [sample.path().parent / row.image for row in ROWS[:3]]


@pytest.fixture
def ask(call, tiny_model_folder):
    """Predict on colour photographs; the JSON where it is asked for."""

    def run(*arguments, images=PICTURES[:1]):
        return call("predict", *images, "--model", tiny_model_folder, "--modality", "cfp", *arguments)

    return run


def asked(done):
    """Labels with their probabilities, of the first image."""
    return {found["label"]: found["probability"] for found in json.loads(done.out)["images"][0]["findings"]}


def test_a_concept_has_one_answer_by_id_name_or_synonym(ask):
    names = ["diabetic_retinopathy", "Diabetic retinopathy", "diabetic retinal disease", "DR"]
    answers = [ask("--labels", f"glaucoma,{name}", "--json") for name in names]
    assert [done.code for done in answers] == [0] * 4
    assert asked(answers[0]).keys() == {"glaucoma", "diabetic_retinopathy"}
    assert all(done.out == answers[0].out for done in answers)


def test_one_label_is_weighed_against_normal_and_two_against_each_other(ask):
    one, two = (asked(ask("--labels", labels, "--json")) for labels in ("glaucoma", "glaucoma,cataract"))
    assert one.keys() == {"glaucoma"}
    assert two.keys() == {"glaucoma", "cataract"}
    assert two["glaucoma"] < one["glaucoma"]  # a rival more


def test_a_label_asked_twice_is_asked_once(ask):
    assert ask("--labels", " glaucoma ,Glaucoma,, glaucoma", "--json").out == ask("--labels", "glaucoma", "--json").out


def test_any_text_is_a_label(ask):
    done = ask("--labels", "a tilted disc, Glaukom {picture} 50 %", "--json")
    assert done.code == 0
    assert asked(done).keys() == {"a tilted disc", "Glaukom {picture} 50 %"}
    assert all(0 < probability < 1 for probability in asked(done).values())


def test_without_labels_what_the_model_learned_is_asked(ask):
    assert asked(ask("--json")).keys() == {"normal", "drusen"}


def test_an_abbreviation_of_several_concepts_is_not_guessed(ask, tmp_path):
    done = ask("--labels", "HR", "--out", tmp_path / "out")
    assert (done.code, done.out) == (1, "")
    assert "'HR' may mean 'high_risk_pdr', 'hypertensive_retinopathy', heart rate, high risk. Write the" in done.err
    assert not (tmp_path / "out").exists()


def test_a_label_named_as_a_column_of_the_table_is_refused(ask, tmp_path):
    done = ask("--labels", "patient", "--out", tmp_path / "out")
    assert done.code == 2
    assert "'patient' cannot be a label" in done.err
    assert not (tmp_path / "out").exists()


def test_a_modality_the_model_never_saw_is_refused_and_one_that_is_none_is_a_wrong_call(call, tiny_model_folder):
    done = call("predict", PICTURES[0], "--model", tiny_model_folder, "--modality", "fa", "--labels", "brvo")
    assert done.code == 1
    assert "the model was not trained on fa images, only on cfp, oct." in done.err
    wrong = call("predict", PICTURES[0], "--model", tiny_model_folder, "--modality", "octa")
    assert (wrong.code, wrong.out) == (2, "")
    assert "There is no modality named 'octa'. Did you mean 'oct'?" in wrong.err


def test_json_is_strict_and_says_what_this_is_not(ask, tmp_path):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    done = ask("--json", images=[*PICTURES, tmp_path / "gone.png"])
    found = json.loads(done.out, parse_constant=refuse)
    assert found["notice"] == NOTICE
    assert [image["image"] for image in found["images"]] == [*map(str, PICTURES), str(tmp_path / "gone.png")]
    assert found["images"][3]["refused_because"].startswith("There is no file 'gone.png'")


def test_the_table_says_what_this_is_not(ask):
    assert ask().out.rstrip().endswith(NOTICE)


def test_pictures_of_one_name_in_two_folders_are_both_kept(ask, tmp_path):
    for folder, picture in zip("ab", PICTURES, strict=False):
        (tmp_path / folder).mkdir()
        shutil.copy(picture, tmp_path / folder / "eye.jpg")
    out = tmp_path / "out"
    done = ask("--explain", "--out", out, images=[tmp_path / "a" / "eye.jpg", tmp_path / "b" / "eye.jpg"])
    assert done.code == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "0001-eye-map.png", "0001-eye.png", "0002-eye-map.png", "0002-eye.png", "index.html", "predictions.csv",
    ]  # fmt: skip
    pixels = [Image.open(out / f"000{i}-eye.png").tobytes() for i in (1, 2)]
    assert pixels[0] != pixels[1]
    with open(out / "predictions.csv", newline="") as file:
        assert [row["image"] for row in csv.DictReader(file)] == [str(tmp_path / f / "eye.jpg") for f in "ab"]


HOSTILE = [
    "two\nlines.jpg",
    "<script>alert(1)</script>.jpg".replace("/", "∕"),
    "\x1b[2Jgone.jpg",
    "a,'b\" c.jpg",
    "é眼.jpg",
]


@pytest.mark.parametrize("name", [*HOSTILE, os.fsdecode(b"not-utf8-\xff.jpg")])
def test_a_name_is_only_a_name(ask, tmp_path, name):
    try:
        shutil.copy(PICTURES[0], tmp_path / name)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    out = tmp_path / "out"
    done = ask("--explain", "--out", out, images=[tmp_path / name])
    assert (done.code, done.err) == (0, "")
    assert len(done.out.splitlines()) == 4  # the image, two findings, the notice
    assert "\x1b" not in done.out
    assert "<script" not in (out / "index.html").read_text(encoding="utf-8")
    with open(out / "predictions.csv", newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["image"] == str(tmp_path / name).encode(errors="backslashreplace").decode()
    assert len(list(out.glob("0001-*.png"))) == 2


def test_a_refused_name_forges_no_second_line(ask, tmp_path):
    done = ask(images=[tmp_path / "gone\nrefused: other.jpg"])
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
