import pytest

from mmfundus.report.run import best_step, run_view
from mmfundus.types import Refusal


def step(at, loss=1.0):
    return {"event": "step", "step": at, "samples": 16, "epoch": 0, "loss": loss, "lr": 1e-5, "scale": 14.3}


def evaluate(at, macro, **more):
    return {"event": "evaluate", "step": at, "epoch": 1, "macro_auroc": macro, "modalities": {"oct": macro}, **more}


def refused(image, reason="Not an image."):
    return {"event": "refused", "image": image, "reason": reason}


STOP = {"event": "stop", "step": 2, "reason": "all epochs done", "best_step": 2, "best": 0.7}


def test_a_run_without_events_has_no_chart_and_has_not_started():
    view = run_view([], {})
    assert view["charts"] == []
    assert dict(view["facts"])["state"] == "not started"


@pytest.mark.parametrize("event", [step(1), step(1, None), evaluate(0, None), refused("a"), STOP])
def test_a_run_of_one_event_can_be_shown(event):
    assert run_view([event], {})["facts"]


def test_a_run_that_went_on_after_a_stop_is_in_progress():
    assert dict(run_view([step(1), STOP], {})["facts"])["state"] == "stopped: all epochs done"
    assert dict(run_view([step(1), STOP, step(3)], {})["facts"])["state"] == "in progress"


def test_steps_done_again_count_as_last_done_and_are_reported():
    view = run_view([step(1, 9.0), step(2, 9.0), step(2, 0.25), step(3, 0.125)], {})
    assert view["again"] == 1
    assert dict(view["facts"])["last loss"] == "0.1250"


def test_a_loss_without_value_is_counted():
    captions = [caption for caption, _ in run_view([step(1), step(2, None), step(3)], {})["charts"]]
    assert captions[0] == "Loss (1 of 3 steps have no finite value)"


@pytest.mark.parametrize(
    ("events", "best"),
    [
        ([], None),
        ([evaluate(1, 0.5, best=True), evaluate(2, 0.6, best=True), evaluate(3, 0.55, best=False)], 2),
        ([evaluate(0, 0.5), {"event": "checkpoint", "step": 3, "best_step": 0, "best": 0.5}], 0),
        ([evaluate(0, None), {"event": "checkpoint", "step": 3, "best_step": 0, "best": None}], None),
        ([evaluate(0, 0.5), evaluate(2, 0.6), {"event": "checkpoint", "step": 3, "best_step": 2, "best": 0.6}], 2),
        ([evaluate(0, 0.9), evaluate(2, 0.6)], None),  # the run has not said so
    ],
)
def test_the_best_step_is_what_the_run_says(events, best):
    assert best_step(events) == best


def test_the_best_step_is_marked_with_its_figure():
    view = run_view([evaluate(1, 0.5), evaluate(2, 0.7), STOP], {})
    assert view["best"] == 2
    assert dict(view["facts"])["its macro AUROC"] == "0.700"
    assert "step 2" in view["charts"][-1][0]


def test_an_image_refused_in_every_epoch_is_one_image():
    view = run_view([refused("b"), refused("a"), refused("b"), refused("b", "Two frames.")], {})
    assert view["refused"] == [
        Refusal("b", "Not an image."), Refusal("a", "Not an image."), Refusal("b", "Two frames.")
    ]  # fmt: skip


def test_configuration_is_flat_and_shows_no_folder():
    folder = "/" + "home/someone/"
    config = {
        "data": {"manifest": folder + "m.csv", "more": ["a", folder + "b"]},
        "windows": "C:\\x\\m.csv",
        "off": None,
    }
    assert run_view([], config)["config"] == [
        ("data.manifest", "m.csv"), ("data.more", "a, b"), ("windows", "m.csv"), ("off", "none")
    ]  # fmt: skip


def test_what_was_watched_besides_auroc_is_drawn_and_accounts_are_shown():
    judged = [
        evaluate(0, 0.5, val_loss=3.0, text_recall=0.1, eye_recall=None),
        evaluate(2, 0.7, val_loss=2.0, text_recall=0.4, eye_recall=None),
    ]
    account = {"event": "epoch", "step": 2, "epoch": 0, "rows": 3, "seen": 1, "refused": ["a"], "waiting": 1}
    speed = {"event": "speed", "step": 2, "images_a_second": 12.34, "waiting": 0.021}
    view = run_view([judged[0], step(1), step(2), account, speed, judged[1], STOP], {})
    drawings = dict(view["charts"])
    assert ">validation<" in drawings["Loss"]
    assert ">validation<" not in drawings["Learning rate"]
    recall = drawings["Validation recall, mean of Recall@1, 5 and 10"]
    assert "text and image 0.100 to 0.400" in recall
    assert "one eye" not in recall
    assert view["epochs"] == [account]
    facts = dict(view["facts"])
    assert (facts["its text recall"], facts["images a second"]) == ("0.400", "12.3")
    assert facts["of it waiting for images"] == "2.1 %"
    assert "its same-eye recall" not in facts
