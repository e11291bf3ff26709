"""The captioner by rules: its statements, its captions, and the figures it must keep."""

import importlib.util
from pathlib import Path

import pytest

from mmfundus import plugins
from mmfundus.knowledge.captions.rules import captioner, extract
from mmfundus.types import EyeFacts

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("benchmark_captions", ROOT / "benchmarks" / "captions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_is_a_plugin() -> None:
    assert "rules" in plugins.names("mmfundus.knowledge.captions")
    assert captioner() is extract


def test_the_issue_note() -> None:
    note = "OD: mod NPDR w/o CSME, OS PRP scars, no NV; h/o BRVO OS 2019; r/o glaucoma"
    found = extract(note)
    assert found.eyes == {
        "R": EyeFacts(("moderate_npdr",), ("clinically_significant_macular_edema",)),
        "L": EyeFacts(("prp_scars",), ("retinal_neovascularization",), ("glaucoma",), ("brvo",)),
    }
    assert found.captions["R"][0] == (
        "moderate non-proliferative diabetic retinopathy, without clinically significant macular oedema"
    )
    doubt = next(one for one in found.statements if one.concept == "glaucoma")
    assert (doubt.evidence, doubt.certainty, note[doubt.start : doubt.end]) == ("glaucoma", "r/o", "glaucoma")


def test_captions_hold_nothing_that_the_note_alone_has() -> None:
    note = "Mr Peregrine Quux, DOB 1/2/1950: OD drusen, seen by Dr Zyzzyva."
    texts = " ".join(extract(note).captions["R"])
    assert not {"Peregrine", "Quux", "Zyzzyva", "1950"} & set(texts.split())


def test_dev_notes_are_understood_as_well_as_they_were(benchmark) -> None:
    """A floor for the half that the rules were written with; it says nothing of notes not seen."""
    scores, laterality, refused, _ = benchmark.judge(ROOT / "tests" / "golden" / "notes" / "dev.jsonl")
    assert scores["present"].f1 >= 0.99
    assert scores["absent"].f1 >= 0.99
    assert scores["uncertain"].f1 >= 0.96
    assert scores["history"].f1 >= 0.96
    assert laterality.share >= 0.99
    assert refused == (11, 0, 0)


def test_denials_of_forms_tables_and_lists_are_understood(benchmark) -> None:
    """A floor for notes written while the rules for them were: it says nothing of notes not seen."""
    scores, laterality, refused, _ = benchmark.judge(ROOT / "tests" / "golden" / "notes" / "denials.jsonl")
    assert scores["absent"].f1 >= 0.98
    assert scores["present"].f1 >= 0.98
    assert laterality.share >= 0.99
    assert refused == (0, 0, 0)


def test_keywords_of_odir_are_their_labels(benchmark, shared_data: Path) -> None:
    table = shared_data / "odir5k" / "labels.csv"
    if not table.is_file():
        pytest.skip("needs ../shared/data/odir5k, which is not beside this checkout")
    overall, by_concept = benchmark.judge_keywords(table, ("val", "test"))
    assert overall.precision >= 0.98
    assert overall.recall >= 0.98
    assert len(by_concept) >= 15
