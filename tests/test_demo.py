"""The parts of the demo; tests/runs/test_demo.py goes the whole way."""

from collections import Counter
from pathlib import Path

from mmfundus import demo
from mmfundus.data import sample
from mmfundus.types import Manifest, Row

TABLE = sample.manifest()


def test_six_test_images_of_every_modality_with_findings_are_read():
    chosen = demo.images_to_read(TABLE)
    assert len(chosen) == len({row.image for row in chosen}) == 6
    assert {row.split for row in chosen} == {"test"}
    assert Counter(row.modality for row in chosen) == {"cfp": 2, "oct": 2, "fa": 2}


def test_each_image_shows_a_finding_not_shown_yet_while_there_is_one():
    chosen = demo.images_to_read(TABLE)
    assert len({(row.modality, row.present) for row in chosen}) == 6


def test_a_small_table_gives_what_it_has():
    rows = (Row("a", "cfp", present=("normal",), split="test"), Row("b", "cfp", split="test"), Row("c", "oct"))
    assert [row.image for row in demo.images_to_read(Manifest(rows, Path(), "m"))] == ["a"]


def test_a_finding_stated_of_one_modality_is_asked_of_all_that_can_show_it():
    rows = (Row("a", "cfp", present=("diabetic_retinopathy",)), Row("b", "fa"), Row("c", "oct", present=("normal",)))
    asked = demo.findings_to_ask(Manifest(rows, Path(), "m"))
    assert "diabetic_retinopathy" in asked["fa"]
    assert "normal" in asked["cfp"]
    assert list(asked) == ["cfp", "fa", "oct"]


def test_commands_show_paths_as_the_user_would_type_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commands = [command for _, command in demo.next_commands(Path("demo"), tmp_path / "images" / "a.jpg")]
    assert [command.split()[1] for command in commands] == ["predict", "check", "train"]
    assert commands[0].startswith("mmfundus predict images/a.jpg --model demo/run/model ")
    assert commands[1] == "mmfundus check images --report demo/check.csv"
    elsewhere = Path("/elsewhere/a.jpg")
    assert "predict /elsewhere/a.jpg" in demo.next_commands(Path("demo"), elsewhere)[0][1]
