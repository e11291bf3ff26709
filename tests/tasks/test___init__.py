"""What every task returns."""

import pytest

from mmfundus import tasks
from mmfundus.errors import UnknownName
from mmfundus.tasks import zero_shot


def test_what_was_refused_is_named_in_both_tables(eye_table, fake_reader):
    judged = zero_shot.judge(fake_reader, eye_table, "test", resamples=0)
    assert [item.item for item in judged.refused] == ["gone-test.png", "gone-val.png"]
    assert all("no file" in item.reason for item in judged.refused)


def test_a_task_is_called_as_users_write_it_and_an_unknown_one_lists_the_choices():
    assert tasks.load("zero-shot") is zero_shot
    with pytest.raises(UnknownName, match=r"no task named 'zeroshot'.*few-shot, probe, retrieval, zero-shot"):
        tasks.load("zeroshot")
