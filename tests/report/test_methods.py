from dataclasses import replace

from mmfundus.report.methods import flow, methods
from mmfundus.tasks import zero_shot


def test_the_flow_counts_images_and_patients_and_says_who_went(eye_table, fake_reader):
    judged = zero_shot.judge(fake_reader, eye_table, "test", resamples=0)
    steps = flow(eye_table, "test", judged)
    assert [(step["images"], step["patients"]) for step in steps] == [(15, 15), (10, 10), (9, 9), (8, 8), (8, 8)]
    assert [step["left"].split(":")[0] for step in steps] == [
        "", "5 images of 5 patients", "1 images of 1 patients", "1 images of 1 patients", ""]  # fmt: skip
    assert "refused" in steps[3]["left"]


def test_images_of_which_nothing_is_stated_are_counted_last(eye_table, fake_reader):
    rows = tuple(replace(row, present=()) if row.image == "0.png" else row for row in eye_table.rows)
    table = replace(eye_table, rows=rows)
    last = flow(table, "test", zero_shot.judge(fake_reader, table, "test", resamples=0))[-1]
    assert (last["images"], last["left"]) == (7, "1 images of 1 patients: of which nothing is stated")


def test_the_methods_say_only_what_the_result_bears_out(eye_table, fake_reader):
    with_thresholds = dict(methods(zero_shot.judge(fake_reader, eye_table, "test", resamples=0).result))
    without = dict(methods(zero_shot.judge(fake_reader, eye_table, "val", resamples=0).result))
    assert "For 2 of 2 questions" in with_thresholds["Thresholds"]
    assert without["Thresholds"].startswith("None: there were no validation rows")
    assert "1 of the images asked could not be read" in with_thresholds["Refused images"]
    assert "None" in dict(methods({"n_refused": 0}))["Refused images"]
    assert "for nothing but these figures" in with_thresholds["What was tuned on what"]
    assert "flattered" in without["What was tuned on what"]
    assert "has seen them" in dict(methods({"manifest": "m.csv, split train"}))["What was tuned on what"]
    assert "fitted on validation" not in with_thresholds["What was tuned on what"]
