"""What every task returns."""

from mmfundus.tasks import zero_shot


def test_what_was_refused_is_named_in_both_tables(eye_table, fake_reader):
    judged = zero_shot.judge(fake_reader, eye_table, "test", resamples=0)
    assert [item.item for item in judged.refused] == ["gone-test.png", "gone-val.png"]
    assert all("no file" in item.reason for item in judged.refused)
