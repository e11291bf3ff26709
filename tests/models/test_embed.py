"""Every row gets its vector or its reason, at its own place."""

import numpy as np
import pytest
from PIL import Image

from mmfundus.data import images
from mmfundus.models import embed
from mmfundus.types import Refusal, Row


@pytest.fixture
def rows(tmp_path):
    """Five pictures, each brighter than the one before; a broken file and a modality not learned among them."""
    for i in range(5):
        Image.new("RGB", (40, 40), (40 + 40 * i,) * 3).save(tmp_path / f"{i}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    names = ["0.png", "broken.png", "1.png", "2.png", "3.png", "4.png"]
    return [Row(name, "fa" if name == "3.png" else "cfp") for name in names]


def test_pictures_come_in_the_rows_order_and_each_refusal_has_its_reason(rows, tmp_path):
    ready = embed.prepare(rows, embed.from_files(tmp_path, 32), 32, trained_on=("cfp", "oct"))
    assert [bool(reason) for reason in ready.refused] == [False, True, False, False, True, False]
    assert [item.item for item in ready.refusals] == ["broken.png", "3.png"]
    assert ready.refusals[1] == Refusal("3.png", "3.png: the model was not trained on fa images, only on cfp, oct.")
    read = [row for row, reason in zip(rows, ready.refused, strict=True) if not reason]
    for row, pixels in zip(read, ready.pixels, strict=True):
        np.testing.assert_array_equal(pixels, images.prepared(tmp_path / row.image, "cfp", 32))


def test_any_modality_is_read_where_training_is_not_recorded(rows, tmp_path):
    assert [item.item for item in embed.prepare(rows, embed.from_files(tmp_path, 32), 32).refusals] == ["broken.png"]


def test_no_row_and_no_readable_row_keep_their_shape(rows, tmp_path):
    assert embed.prepare([], embed.from_files(tmp_path, 32), 32).pixels.shape == (0, 32, 32, 3)
    assert embed.prepare(rows[1:2], embed.from_files(tmp_path, 32), 32).pixels.shape == (0, 32, 32, 3)


def test_spread_puts_vectors_at_their_rows(rows, tmp_path):
    ready = embed.prepare(rows[:3], embed.from_files(tmp_path, 32), 32)
    spread = ready.spread(np.array([[1, 2], [3, 4]], np.float32))
    np.testing.assert_array_equal(spread, [[1, 2], [np.nan, np.nan], [3, 4]])


@pytest.mark.parametrize("chunk", [1, 2, 64])
def test_vectors_do_not_depend_on_how_rows_are_portioned(rows, tmp_path, fake_reader, monkeypatch, chunk):
    monkeypatch.setattr(embed, "CHUNK", chunk)
    found = embed.embed(fake_reader, rows, tmp_path)
    assert found.rows == tuple(rows)
    assert np.isnan(found.vectors).all(axis=1).tolist() == [bool(reason) for reason in found.refused]
    ready = embed.prepare(rows, embed.from_files(tmp_path, 32), 32, fake_reader.trained_on)
    np.testing.assert_array_equal(found.vectors, ready.spread(fake_reader.images(ready.pixels)))


def test_a_table_of_which_nothing_can_be_read_is_still_a_table(rows, tmp_path, fake_reader):
    found = embed.embed(fake_reader, rows[1:2], tmp_path)
    assert np.isnan(found.vectors).all()
    assert "broken.png" in found.refused[0]
