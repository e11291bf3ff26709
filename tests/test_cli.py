"""The command line: every verb's help, wrong calls, and what becomes of an error."""

import json
import os
import re
import subprocess
import sys

import pytest
from PIL import Image

from mmfundus import NOTICE, __version__, cli
from mmfundus.cli import VERBS, main
from mmfundus.data import sample


@pytest.fixture
def picture():
    return sample.path().parent / sample.manifest().rows[0].image


def running(text):
    """A help screen without its frames and line ends."""
    return re.sub(r"[\s│╭╮╰╯─]+", " ", text)


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], [], *([verb, "--help"] for verb in VERBS)])
def test_help_is_no_error_and_says_what_this_is_not(call, arguments):
    done = call(*arguments)
    assert (done.code, done.err) == (0, "")
    assert NOTICE in running(done.out)


def test_a_recipes_help_lists_its_fields(call):
    done = call("train", "demo", "--help")
    assert done.code == 0
    assert NOTICE in running(done.out)
    for option in ("--epochs", "--lr-new", "--extra-aug", "--out"):
        assert option in done.out


def test_the_overview_names_every_verb(call):
    shown = call("--help").out
    assert all(re.search(rf"^  {verb} ", shown, re.MULTILINE) for verb in VERBS)


def test_the_version(call):
    assert call("--version").out == f"mmfundus {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["evalute", "x"], "There is no verb named 'evalute'. Did you mean 'evaluate'?"),
        (["--verbose"], "There is no verb named '--verbose'"),
        (["check"], "PATH"),
        (["check", "gone"], "There is no folder or manifest at 'gone'"),
        (["check", ".", "--reprot", "r.csv"], "--reprot"),
        (["prepare", "{picture}", "a.jpg", "--modality", "cfp"], "'a.jpg' does not end in .png"),
        (["prepare", "{picture}", "a.png", "--modality", "xray"], "There is no modality named 'xray'"),
        (["prepare", "{picture}", "a.png", "--modality", "cfp", "--size", "0"], "--size is 0"),
        (["evaluate", "few-shots", "sample", "--model", "m", "--out", "o"], "zero-shot"),
        (["calibrate", "sample", "--model", "m", "--out", "o", "--guarantee", "0"], "each must lie between 0 and 1"),
        (["evaluate", "zero-shot", "sample", "--model", "m", "--out", "o", "--split", "dev"], "dev"),
        (["evaluate", "zero-shot", "sample", "--model", "m", "--out", "o", "--seed", "-1"], "--seed is -1"),
        (["evaluate", "zero-shot", "sample", "--model", "m", "--out", "o", "--resamples", "-1"], "--resamples is -1"),
        (
            ["evaluate", "zero-shot", "sample", "--model", "runs/gone", "--out", "o"],
            "no model directory at 'runs/gone'",
        ),
        (["predict", "--model", "m"], "There is no image to read"),
        (["predict", "{picture}", "--model", "m", "--explain"], "say where with --out"),
        (["predict", "{picture}", "--model", "runs/gone"], "There is no model directory at 'runs/gone'"),
        (["predict", "{picture}", "--model", "{folder}"], "is not a model directory: it has no model.json"),
        (["predict", "{picture}"], "--model"),
        (["concepts", "--modality", "xray"], "There is no modality named 'xray'"),
        (["concepts", "--out", "page.md"], "'page.md' does not end in .html"),
        (["prompts", "glaucoma"], "--modality"),
        (["prompts", "glaucoma", "--modality", "octt"], "There is no modality named 'octt'. Did you mean 'oct'?"),
        (["prompts", "glaucoma", "--modality", "cfp", "--style", "long"], "--style"),
        (["prompts", "drusen", "--modality", "cfp", "--location", "nose"], "There is no location named 'nose'"),
        (["prompts", "icdr", "--modality", "oct"], "The scale 'icdr' is graded on cfp, uwf, not on oct."),
        (["prompts", "icdr", "--modality", "cfp", "--denied"], "'icdr' is a scale"),
        (["prompts", " ", "--modality", "cfp"], "A label is empty"),
        (["train", "dmeo", "--out", "o"], "There is no recipe named 'dmeo'. Did you mean 'demo'?"),
        (["train", "demo"], "--out"),
        (["train"], "--out"),
    ],
)
def test_a_wrong_call_is_2_and_says_why(call, picture, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    done = call(*(argument.format(picture=picture, folder=tmp_path) for argument in arguments))
    assert done.code == 2
    assert words in done.err
    assert done.out == ""
    assert list(tmp_path.iterdir()) == []


WRITES = {
    "demo": ["demo", "--out", "{out}"],
    "check": ["check", "{folder}", "--report", "{out}/r.csv"],
    "prepare": ["prepare", "{picture}", "{out}/p.png", "--modality", "cfp"],
    "train": ["train", "demo", "--out", "{out}"],
    "evaluate": ["evaluate", "zero-shot", "sample", "--model", "m", "--out", "{out}"],
    "predict": ["predict", "{picture}", "--model", "m", "--out", "{out}"],
    "concepts": ["concepts", "--out", "{out}/c.html"],
}


@pytest.mark.parametrize("below", ["", "/deeper"])
@pytest.mark.parametrize("verb", WRITES)
def test_what_cannot_be_written_is_said_before_the_work(call, picture, tmp_path, verb, below):
    (tmp_path / "taken").write_text("mine")
    told = {"out": f"{tmp_path}/taken{below}", "picture": picture, "folder": picture.parent}
    done = call(*(argument.format(**told) for argument in WRITES[verb]))
    assert (done.code, done.out) == (2, "")
    assert "'taken' is a file. Give another folder." in done.err
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_without_leave_to_write_is_named(call, picture, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # whoever runs the tests may write anywhere
    done = call("prepare", picture, tmp_path / "p.png", "--modality", "cfp")
    assert (done.code, done.out) == (2, "")
    assert f"{tmp_path.name!r} is read-only" in done.err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (
            FileNotFoundError(2, "No such file or directory", "/secret/place/a.csv"),
            1,
            "No such file or directory: a.csv.",
        ),
        (OSError(28, "No space left on device"), 1, "No space left on device."),
        (OSError("odd"), 1, "OSError."),
        (MemoryError(), 1, "Out of memory"),
        (KeyboardInterrupt(), 130, "Stopped."),
        (ZeroDivisionError("patient Doe"), 1, "A fault in mmfundus itself (ZeroDivisionError)"),
    ],
)
def test_whatever_happens_is_a_sentence_and_a_code(capsys, monkeypatch, error, code, words):
    def fail(args):
        raise error

    monkeypatch.setattr(cli, "_run", fail)
    assert main(["check", "."]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("mmfundus: ")
    assert words in printed.err
    for private in ("Traceback", "secret", "Doe"):
        assert private not in printed.err


def test_a_reader_of_the_output_that_has_left_is_no_error(tmp_path):
    command = [sys.executable, "-m", "mmfundus", "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


def test_debug_shows_where(capsys, monkeypatch):
    monkeypatch.setattr(cli, "_run", lambda args: 1 / 0 if args == ["check"] else 0)
    assert main(["check", "--debug"]) == 1
    assert "ZeroDivisionError: division by zero" in capsys.readouterr().err


def test_without_the_train_install_its_verbs_name_it(tmp_path):
    code = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in {"torch", "open_clip", "timm", "transformers"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from mmfundus.cli import main
print(main(["demo", "--out", "o"]), main(["train", "demo", "--out", "o"]), main(["train", "--help"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "2 2 0"
    assert done.stderr.splitlines() == [
        "mmfundus: The demo trains a model; it needs the optional install: pip install 'mmfundus[train]'.",
        "mmfundus: Training needs the optional install: pip install 'mmfundus[train]'.",
    ]
    assert list(tmp_path.iterdir()) == []


def test_prepare_writes_the_square_and_says_what_it_is(call, picture, tmp_path):
    done = call("prepare", picture, tmp_path / "p.png", "--modality", "cfp", "--size", "64")
    assert (done.code, done.err) == (0, "")
    assert "as a model of 64 pixels sees it (cfp)" in done.out
    assert Image.open(tmp_path / "p.png").size == (64, 64)


def test_prepare_shows_what_training_makes_of_it(call, picture, tmp_path):
    options = ["--modality", "cfp", "--size", "32", "--draws", "9"]
    done = call("prepare", picture, tmp_path / "a.png", *options)
    assert (done.code, done.err) == (0, "")
    assert "in 9 of training's alterations" in done.out
    for name, extra in (("b.png", []), ("c.png", ["--seed", "1"]), ("d.png", ["--extra-aug"])):
        call("prepare", picture, tmp_path / name, *options, *extra)
    first, again, other, extra = ((tmp_path / f"{name}.png").read_bytes() for name in "abcd")
    assert first == again
    assert len({first, other, extra}) == 3


def test_concepts_lists_them_and_writes_their_page(call, tmp_path):
    done = call("concepts", "--modality", "fa", "--out", tmp_path / "c.html")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^brvo +cfp,uwf,oct,fa +branch retinal vein occlusion \(BRVO\b", done.out, re.MULTILINE)
    assert "intraretinal_fluid" not in done.out
    assert 'id="c-intraretinal_fluid"' in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_prompts_prints_what_is_asked_with_its_weight(call):
    done = call("prompts", "DME", "--modality", "oct", "--style", "name")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == " 0.250  an optical coherence tomography scan showing diabetic macular oedema"
    denied = call("prompts", "DME", "--modality", "oct", "--style", "name", "--denied").out
    assert denied.splitlines()[0] == " 0.250  an optical coherence tomography scan without diabetic macular oedema"
    mild = call("prompts", "drusen", "--modality", "cfp", "--severity", "mild", "--location", "macula").out
    assert "showing mild drusen at the macula" in mild


def test_prompts_prints_the_grades_of_a_scale_in_order(call):
    lines = call("prompts", "icdr", "--modality", "cfp").out.splitlines()
    assert [line for line in lines if line.startswith("grade")] == [
        "grade 0", "grade 1: mild_npdr", "grade 2: moderate_npdr", "grade 3: severe_npdr", "grade 4: pdr",
    ]  # fmt: skip


def test_a_doubtful_abbreviation_is_refused_with_what_it_may_mean(call):
    done = call("prompts", "MA", "--modality", "cfp")
    assert (done.code, done.out) == (1, "")
    assert "'MA' may mean 'microaneurysms', 'macular_atrophy', 'retinal_macroaneurysm', the macula." in done.err


def test_a_card_holds_the_figures_of_this_models_evaluation_alone(call, tiny_model_folder, tmp_path):
    metrics, out = tmp_path / "metrics.json", tmp_path / "README.md"
    macro = {"auroc": {"value": 0.7, "low": 0.6, "high": 0.8}}
    result = {"model": "tiny", "manifest": "m, split test", "macro": macro, "modalities": {"cfp": {"macro": macro}}}
    metrics.write_text(json.dumps(result))
    assert call("card", tiny_model_folder, "--metrics", metrics, "--out", out).code == 0
    assert '"value": 0.7' in out.read_text().split("---")[1]
    metrics.write_text(json.dumps({**result, "model": "another"}))
    done = call("card", tiny_model_folder, "--metrics", metrics, "--out", tmp_path / "no.md")
    assert (done.code, "judges the model 'another', not 'tiny'" in done.err) == (2, True)
    metrics.write_text("[]")
    assert "is no metrics.json" in call("card", tiny_model_folder, "--metrics", metrics, "--out", out).err
