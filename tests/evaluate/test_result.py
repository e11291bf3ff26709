import json

import numpy as np
import pytest

from mmfundus.evaluate.result import UNASKED, judge
from mmfundus.types import Predictions, Row

NAN = float("nan")
FIGURES = ["auroc", "auprc", "sensitivity", "specificity"]
AT_OWN = ["balanced_accuracy", "f1", "ppv", "npv"]
SHOWN = [*FIGURES, *AT_OWN, "brier", "brier_skill", "log_loss", "ece_width", "ece_mass", "slope", "intercept"]


def table(entries, concepts=("normal", "drusen")):
    """Predictions and labels from (modality, patient, refused, probabilities, labels) per row."""
    rows = tuple(Row(f"{i}.png", entry[0], entry[1]) for i, entry in enumerate(entries))
    likely, labels = (np.array([entry[k] for entry in entries], dtype=float) for k in (3, 4))
    return Predictions(rows, concepts, likely, tuple(entry[2] for entry in entries)), labels


def verdict(test, **options):
    options = {"seed": 7, "versions": {"mmfundus": "0.1.0"}, "resamples": 50} | options
    found = judge(*test, task="zero-shot", model="m", manifest="t.csv", **options)
    json.dumps(found, allow_nan=False)  # strict JSON, whatever the case
    return found


# cfp: perfect at 0.1 and 0.2; oct: the wrong way round, and all its probabilities above those of cfp.
TWO = table(
    [
        ("cfp", "a", "", [0.1, NAN], [0, NAN]),
        ("cfp", "b", "", [0.2, NAN], [1, NAN]),
        ("cfp", "c", "", [0.1, NAN], [0, NAN]),
        ("oct", "d", "", [0.9, 0.3], [0, 1]),
        ("oct", "e", "", [0.8, 0.1], [1, 0]),
        ("oct", "f", "too dark", [NAN, NAN], [1, 0]),
        ("oct", "f", "", [0.8, 0.2], [1, NAN]),
    ]
)
VALIDATION = table(
    [
        ("cfp", "v", "", [0.15, NAN], [0, NAN]),
        ("cfp", "w", "", [0.18, NAN], [1, NAN]),
        ("oct", "v", "", [0.5, 0.2], [0, 0]),
        ("oct", "w", "", [0.85, 0.3], [1, 1]),
    ]
)


def test_the_contract_s_keys():
    found = verdict(TWO, validation=VALIDATION)
    assert list(found) == [
        "task", "model", "manifest", "n_images", "n_patients", "n_refused",
        "concepts", "macro", "modalities", "undefined", "units", "seed", "versions",
    ]  # fmt: skip
    entry = found["concepts"]["drusen"]
    assert list(entry) == ["n_present", "n_absent", "prevalence", *SHOWN, "threshold", "operating", "net_benefit"]
    assert list(found["macro"]) == SHOWN
    assert (found["task"], found["model"], found["manifest"], found["seed"]) == ("zero-shot", "m", "t.csv", 7)
    assert found["versions"] == {"mmfundus": "0.1.0"}


def test_every_image_is_counted_refused_ones_too():
    found = verdict(TWO)
    assert (found["n_images"], found["n_patients"], found["n_refused"]) == (7, 6, 1)
    oct_ = found["modalities"]["oct"]
    assert (oct_["n_images"], oct_["n_patients"], oct_["n_refused"]) == (4, 3, 1)
    assert (oct_["concepts"]["drusen"]["n_present"], oct_["concepts"]["drusen"]["n_absent"]) == (1, 1)  # one unknown


def test_images_are_never_ranked_across_modalities():
    found = verdict(TWO)
    by_modality = {name: block["concepts"]["normal"]["auroc"]["value"] for name, block in found["modalities"].items()}
    assert by_modality == {"cfp": 1.0, "oct": 0.0}  # 6 of 9 pairs pooled would look like 0.67
    assert found["concepts"]["normal"]["auroc"]["value"] == 0.5
    assert found["concepts"]["normal"]["n_present"] == 3 and found["concepts"]["normal"]["n_absent"] == 3


def test_a_concept_of_one_modality_is_the_same_above_and_below():
    found = verdict(TWO, validation=VALIDATION)
    assert found["concepts"]["drusen"] == found["modalities"]["oct"]["concepts"]["drusen"]
    assert "drusen" not in found["modalities"]["cfp"]["concepts"]  # not asked there


def test_thresholds_come_from_the_validation_rows_of_the_modality():
    found = verdict(TWO, validation=VALIDATION)
    cfp, oct_ = (found["modalities"][name]["concepts"]["normal"] for name in ("cfp", "oct"))
    assert (cfp["threshold"], oct_["threshold"]) == (0.18, 0.85)
    assert (cfp["sensitivity"]["value"], cfp["specificity"]["value"]) == (1.0, 1.0)
    assert (oct_["sensitivity"]["value"], oct_["specificity"]["value"]) == (0.0, 0.0)
    assert found["concepts"]["normal"]["threshold"] is None  # two modalities, no single one
    assert found["concepts"]["drusen"]["threshold"] == 0.3


def test_the_macro_is_over_all_pairs_and_keeps_those_that_are_zero():
    macro = verdict(TWO, validation=VALIDATION)["macro"]
    assert macro["auroc"]["value"] == pytest.approx((1 + 0 + 1) / 3)  # normal in cfp, in oct, drusen in oct
    assert (macro["auroc"]["over"], macro["auroc"]["of"]) == (3, 3)
    assert macro["sensitivity"]["value"] == pytest.approx((1 + 0 + 1) / 3)  # peers leave the zero out: 1.0


def test_what_is_undefined_is_null_stated_and_counted_out_of_the_macro():
    rows = [("cfp", p, "", [0.1 * k, 0.2], [k % 2, 0]) for k, p in enumerate("abcdef")]
    found = verdict(table(rows))
    auroc = found["concepts"]["drusen"]["auroc"]
    reason = "needs a present image: 0 present and 6 absent are stated"
    assert auroc == {"value": None, "low": None, "high": None, "reason": reason}
    assert {"modality": "cfp", "concept": "drusen", "metric": "auroc", "reason": reason} in found["undefined"]
    assert (found["macro"]["auroc"]["over"], found["macro"]["auroc"]["of"]) == (1, 2)
    assert found["macro"]["auroc"]["value"] == found["concepts"]["normal"]["auroc"]["value"]
    assert "mean over 1 of 2" in found["macro"]["auroc"]["reason"]


def test_without_validation_rows_there_is_no_sensitivity_and_it_says_why():
    found = verdict(TWO)
    entry = found["concepts"]["drusen"]
    assert entry["threshold"] is None and entry["sensitivity"]["value"] is None
    reasons = {u["reason"] for u in found["undefined"] if u["metric"] == "sensitivity"}
    assert reasons == {"no validation rows were given to choose a threshold on"}
    assert found["macro"]["sensitivity"]["value"] is None and found["macro"]["sensitivity"]["over"] == 0


def test_a_concept_asked_of_no_image_that_was_read_is_not_lost():
    found = verdict(table([("oct", "a", "empty file", [NAN, NAN], [1, 0]), ("oct", "b", "", [0.2, NAN], [1, 1])]))
    assert found["concepts"]["drusen"]["auroc"] == {"value": None, "low": None, "high": None, "reason": UNASKED}
    assert [u["metric"] for u in found["undefined"] if u["concept"] == "drusen"] == FIGURES


def test_nothing_read_at_all_is_still_a_result():
    found = verdict(table([("oct", "a", "empty file", [NAN, NAN], [1, 0])]))
    assert found["n_refused"] == 1 and found["macro"]["auroc"]["value"] is None
    assert found["modalities"]["oct"]["macro"]["auroc"]["of"] == 0


def random_table(seed, patients=30, prefix="p"):
    rng = np.random.default_rng(seed)
    entries = []
    for patient in range(patients):
        sick = patient % 3 == 0
        for modality in ("cfp", "oct"):
            likely = np.clip(rng.normal([0.6 - 0.2 * sick, 0.4 + 0.2 * sick], 0.15), 0, 1)
            entries.append((modality, f"{prefix}{patient}", "", likely, [not sick, sick]))
    return table(entries)


def test_golden():
    """What a change of seed, of the draw or of a metric would move: figures of a fixed table, by digits."""
    found = verdict(random_table(0), validation=random_table(1, prefix="v"), resamples=200)
    drusen = found["modalities"]["oct"]["concepts"]["drusen"]
    assert [round(drusen[m][k], 6) for m in FIGURES for k in ("value", "low", "high")] == GOLDEN_DRUSEN
    assert [round(found["macro"]["auroc"][k], 6) for k in ("value", "low", "high")] == GOLDEN_MACRO
    assert drusen["threshold"] == pytest.approx(GOLDEN_THRESHOLD, abs=1e-6)


# Computed apart from this code: rows copied for each draw, scikit-learn for the figures.
GOLDEN_DRUSEN = [
    0.6,
    0.347034,
    0.793685,
    0.533651,
    0.183164,
    0.745036,
    0.4,
    0.099773,
    0.667857,
    0.6,
    0.363369,
    0.789737,
]
GOLDEN_MACRO = [0.76125, 0.659819, 0.866404]
GOLDEN_THRESHOLD = 0.536671


def test_the_same_call_gives_the_same_result_and_another_seed_other_intervals():
    first, again, other = (verdict(random_table(0), seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first["macro"]["auroc"]["value"] == other["macro"]["auroc"]["value"]
    assert first["macro"]["auroc"]["low"] != other["macro"]["auroc"]["low"]


def test_the_macro_s_interval_is_that_of_averages_of_the_same_patients():
    # Two concepts with the same probabilities and labels know nothing more than one of them.
    (predictions, labels) = random_table(0)
    twice = (
        Predictions(predictions.rows, ("drusen", "amd"), predictions.probability[:, [1, 1]], predictions.refused),
        labels[:, [1, 1]],
    )
    found = verdict(twice)["modalities"]["oct"]
    one, macro = found["concepts"]["drusen"]["auroc"], found["macro"]["auroc"]
    assert (macro["low"], macro["high"]) == pytest.approx((one["low"], one["high"]), abs=1e-12)


def test_a_metric_at_the_top_lies_within_its_modalities():
    found = verdict(random_table(0), validation=random_table(1, prefix="v"))
    for metric in FIGURES:
        parts = [block["concepts"]["drusen"][metric]["value"] for block in found["modalities"].values()]
        assert found["concepts"]["drusen"][metric]["value"] == pytest.approx(np.mean(parts), abs=1e-12)


def test_no_patient_is_named():
    assert "Jane Roe" not in json.dumps(verdict(table([("cfp", "Jane Roe", "", [0.5, 0.5], [1, 0])])))
