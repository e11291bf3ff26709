import pytest
import yaml
from huggingface_hub import ModelCard, metadata_eval_result

from mmfundus.report.card import card
from mmfundus.report.hub import head


def figure(value, low=None, high=None):
    return {"value": value, "low": low, "high": high}


def result(name="glaucoma", manifest="my table.csv, split test"):
    entry = {"n_present": 5, "n_absent": 9, "auroc": figure(0.81234567, 0.7, 0.9), "auprc": figure(None)}
    macro = {"auroc": {**figure(0.8), "over": 1, "of": 1}}
    return {
        "task": "zero-shot",
        "manifest": manifest,
        "macro": macro,
        "modalities": {"cfp": {"concepts": {name: entry}, "macro": macro}, "oct": {"concepts": {}}},
    }


def test_the_hub_reads_the_figures_from_the_card():
    data = ModelCard(card({"name": "small", "metrics": result()})).data
    assert data.model_name == "small"
    found = [(it.metric_type, it.metric_name, it.metric_value) for it in data.eval_results]
    assert found == [
        ("roc_auc", "AUROC, macro average (no interval)", 0.8),
        ("roc_auc", "AUROC, glaucoma (95 % interval 0.700 to 0.900)", 0.8123),
    ]
    first = data.eval_results[0]
    assert (first.dataset_type, first.dataset_config, first.dataset_split) == ("my-table-csv", "cfp", "test")
    assert first.task_type == "zero-shot-image-classification"
    assert (data.library_name, data.metrics) == ("mmfundus", ["roc_auc"])


def test_the_hub_writes_back_what_it_read():
    data = ModelCard(card({"name": "small", "metrics": result()})).data
    made = metadata_eval_result(
        model_pretty_name="small", task_pretty_name="Zero-shot image classification",
        task_id="zero-shot-image-classification", metrics_pretty_name="AUROC, macro average (no interval)",
        metrics_id="roc_auc", metrics_value=0.8, dataset_pretty_name="my table.csv (cfp)", dataset_id="my-table-csv",
        dataset_config="cfp", dataset_split="test",
    )  # fmt: skip
    ours = data.to_dict()["model-index"][0]["results"][0]
    theirs = made["model-index"][0]["results"][0]
    unverified = {**ours["metrics"][0], "verified": False}  # what nobody but the author has measured
    assert (ours["task"], ours["dataset"], unverified) == (theirs["task"], theirs["dataset"], theirs["metrics"][0])


def test_without_figures_there_is_no_index():
    assert head("small", {}) == {"index": [], "metric_ids": []}
    assert "model-index" not in card({"name": "small"})


@pytest.mark.parametrize("text", ['a": 1\nlicense: other', "---", "x # y", "眼底", "<b>", "{{ 7 * 7 }}"])
def test_no_name_breaks_the_head(text):
    written = card({"name": text, "metrics": result(text, text), "datasets": [text]})
    found = yaml.safe_load(written.split("\n---\n")[0].removeprefix("---\n"))
    assert found["license"] == "mit"
    assert found["datasets"] == [text]
    assert found["model-index"][0]["name"] == text
