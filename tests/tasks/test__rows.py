"""Rows that state a concept, in an order that the table's does not change."""

from dataclasses import replace

import numpy as np
import pytest

from mmfundus.errors import ManifestError
from mmfundus.tasks import _rows


def test_only_stated_and_read_rows_are_known_in_the_order_of_names(eye_table, fake_reader):
    found = [
        _rows.known(_rows.parts(fake_reader, table, "test", (), None).embeddings["test"], "cfp", "drusen")
        for table in (eye_table, replace(eye_table, rows=eye_table.rows[::-1]))
    ]
    assert found[0].image == found[1].image == tuple(f"{i}.png" for i in range(8))
    assert np.array_equal(found[0].x, found[1].x)
    assert found[0].y.tolist() == [0, 1] * 4
    assert not found[0].single


def test_a_split_without_rows_is_said(eye_table, fake_reader):
    with pytest.raises(ManifestError, match="the split 'train' has no rows"):
        _rows.parts(fake_reader, eye_table, "train", (), None)


def test_no_rows_of_a_part_are_no_error():
    assert _rows.known(None, "cfp", "drusen").single
