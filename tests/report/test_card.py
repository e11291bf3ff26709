import json

import pytest

from mmfundus import NOTICE
from mmfundus.report.card import card

INFO = {
    "name": "mmfundus-small",
    "modalities": ["cfp", "oct"],
    "data": {
        "manifest": "sample",
        "counts": [{"modality": "cfp", "split": "train", "images": 27, "patients": 25}],
        "concepts": [{"modality": "cfp", "concept": "glaucoma", "split": "train", "present": 9, "absent": 18}],
    },
    "start_weights": {"image": "EfficientNet-Lite0", "text": "MiniLM"},
    "preprocessing": {"cfp": 1, "oct": 2},
    "command": "mmfundus train recipes/demo.py --out run",
    "metrics": {
        "task": "zero-shot",
        "n_images": 14,
        "macro": {"auroc": {"value": 0.8, "low": 0.7, "high": 0.9, "over": 1, "of": 2}},
        "modalities": {
            "cfp": {
                "concepts": {
                    "glaucoma": {"n_present": 5, "n_absent": 9, "auroc": {"value": 0.8, "low": 0.7, "high": 0.9}},
                    "uveitis": {"n_present": 0, "n_absent": 9, "auroc": None},
                }
            }
        },
        "undefined": [{"modality": "cfp", "concept": "uveitis", "metric": "auroc", "reason": "no image has it"}],
    },
}


def head(text):
    """The keys of the YAML head, whose values are written as JSON or as bare words."""
    _, block, _ = text.split("---\n", 2)
    return dict(line.split(": ", 1) for line in block.splitlines())


def test_the_head_is_what_hubs_read():
    found = head(card(INFO))
    assert json.loads(found["license"]) == "mit"
    assert json.loads(found["language"]) == "en"
    assert "ophthalmology" in json.loads(found["tags"])
    assert found["pipeline_tag"] == "zero-shot-image-classification"


def test_the_card_tells_what_is_known():
    text = card(INFO)
    for line in (
        "# mmfundus-small",
        "| cfp | train | 27 | 25 |",
        "| cfp | glaucoma | train | 9 | 18 |",
        "| start weights | image: EfficientNet-Lite0, text: MiniLM |",
        "| preprocessing (version by modality) | cfp: 1, oct: 2 |",
        "    mmfundus train recipes/demo.py --out run",
        "| cfp | uveitis | 0 | 9 | undefined | undefined | undefined | undefined | undefined |",
        "- uveitis (cfp), AUROC: no image has it",
    ):
        assert line in text.splitlines()
    assert "| cfp | glaucoma | 5 | 9 | 0.800 (0.700–0.900) |" in text
    assert "mean over 1 of 2 concepts" in text
    assert NOTICE in text


def test_what_nobody_said_is_unknown():
    text = card({})
    assert "Manifest: unknown." in text
    assert text.count("| unknown |") == 6
    assert "The command that makes it again: unknown." in text
    assert "the figures are unknown" in text
    assert "0." not in text.split("---\n", 2)[2]  # no figure from nowhere


def test_missing_counts_are_unknown_not_zero():
    text = card({"data": {"counts": [{"modality": "oct", "split": "val", "images": 3}]}})
    assert "| oct | val | 3 | unknown |" in text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "a | b\n| c | d |",
        "[x](javascript:1)",
        "\n---\nlicense: gpl",
        "`</code>`",
        "![i](u)",
    ],
)
def test_hostile_text_stays_text(hostile):
    info = {**INFO, "name": hostile, "tags": [hostile], "limits": [hostile], "seed": hostile}
    text, plain = card(info), card({**INFO, "name": "n", "tags": ["t"], "limits": ["l"], "seed": "s"})
    assert len(text.splitlines()) == len(plain.splitlines())
    body = text.split("---\n", 2)[2]
    assert "<" not in body
    assert "](" not in body.replace("\\](", "")
    assert json.loads(head(text)["tags"])[-1] == hostile
    assert [line.count(" | ") for line in body.splitlines() if line.startswith("| seed")] == [1 + hostile.count("\\|")]


def test_a_command_cannot_leave_its_block():
    text = card({"command": "mmfundus train x && echo '<b>'\n\n# title"})
    assert "    mmfundus train x && echo '<b>' # title" in text.splitlines()
