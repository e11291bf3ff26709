"""Every row once an epoch, in an order of seed and epoch alone; what cannot be read is named."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mmfundus.data import loader
from mmfundus.types import Row


def tokens(texts):
    return np.array([[len(text)] for text in texts], dtype=np.int64).reshape(len(texts), 1)


@pytest.fixture
def rows(tmp_path):
    random = np.random.default_rng(0)
    for i in range(5):
        Image.fromarray(random.integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(tmp_path / f"{i}.png")
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    names = [f"{i}.png" for i in range(5)] + ["broken.png"]
    return [Row(name, "cfp", patient=name, present=("drusen",), captions=(f"caption of {name}",)) for name in names]


@given(st.integers(1, 200), st.integers(1, 50), st.integers(0, 5), st.integers(0, 5))
def test_an_epoch_is_each_row_once_in_nearly_equal_batches(rows, batch, seed, epoch):
    parts = loader.epoch_batches(rows, batch, seed, epoch)
    assert Counter(place.row for part in parts for place in part) == Counter(range(rows))
    sizes = [len(part) for part in parts]
    assert max(sizes) <= batch
    assert max(sizes) - min(sizes) <= 1


def test_the_order_depends_on_seed_and_epoch():
    orders = {str(loader.epoch_batches(50, 8, seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}
    assert len(orders) == 4
    assert loader.epoch_batches(50, 8, 1, 1) == loader.epoch_batches(50, 8, 1, 1)


def drawn(rows, tmp_path, workers, epoch=0):
    samples = loader.Samples(rows, tmp_path, 16, seed=3, extra_aug=True)
    places = loader.epoch_batches(len(rows), 4, 3, epoch)
    return list(loader.batches(samples, places, tokens, ("drusen", "glaucoma"), workers))


def test_seen_and_refused_are_all_rows(rows, tmp_path):
    batches = drawn(rows, tmp_path, workers=0)
    refused = [item for batch in batches for item in batch.refused]
    assert sorted(name for batch in batches for name in batch.images) == [f"{i}.png" for i in range(5)]
    assert [item.item for item in refused] == ["broken.png"]
    assert "broken.png" in refused[0].reason


def test_workers_change_no_bit(rows, tmp_path):
    for alone, helped in zip(drawn(rows, tmp_path, 0), drawn(rows, tmp_path, 2), strict=True):
        assert alone.images == helped.images
        assert alone.pixels.equal(helped.pixels)


def test_an_epoch_augments_anew(rows, tmp_path):
    pixels = [
        {name: b.pixels[i] for b in drawn(rows, tmp_path, 0, epoch) for i, name in enumerate(b.images)}
        for epoch in (0, 1)
    ]
    assert not pixels[0]["0.png"].equal(pixels[1]["0.png"])


def test_labels_are_present_absent_or_unknown(rows, tmp_path):
    batch = drawn(rows, tmp_path, 0)[0]
    assert batch.labels[:, 0].tolist() == [1.0] * len(batch)
    assert batch.labels[:, 1].isnan().all()
