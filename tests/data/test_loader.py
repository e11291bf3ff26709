"""Samples of seed, epoch and row alone, whoever reads them; what cannot be read is named, and so is who was killed."""

import os
import signal
import threading

import numpy as np
import pytest
from PIL import Image

from mmfundus.data import loader, sampling, sharding, shards
from mmfundus.data.loader import Place
from mmfundus.errors import TrainingStopped, WorkError
from mmfundus.types import Manifest, Row

SIZE = 16
CONCEPTS = ("drusen", "glaucoma")


def tokens(texts):
    return np.array([[len(text)] for text in texts], dtype=np.int64).reshape(len(texts), 1)


@pytest.fixture
def rows(tmp_path):
    """Five pictures, the first three of one caption, and a file that is none."""
    random = np.random.default_rng(0)
    for i in range(5):
        Image.fromarray(random.integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(tmp_path / f"{i}.png")
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    names = [f"{i}.png" for i in range(5)] + ["broken.png"]
    said = ["shared"] * 3 + ["caption of three", "caption of four", ""]
    return [
        Row(name, "cfp", patient=name, present=("drusen",), captions=(caption,) if caption else ())
        for name, caption in zip(names, said, strict=True)
    ]


def drawn(rows, picture, workers, epoch=0, batch=4):
    samples = loader.Samples(rows, picture, seed=3, extra_aug=True)
    order = loader.places(sampling.epoch_order(rows, 3, epoch, "none", False, batch), epoch)
    return list(loader.batches(samples, order, SIZE, tokens, CONCEPTS, workers))


@pytest.fixture
def files(tmp_path):
    return loader.Files(tmp_path, SIZE).pixels_of


def test_seen_and_refused_are_all_rows(rows, files):
    batches = drawn(rows, files, workers=0)
    refused = [item for batch in batches for item in batch.refused]
    assert sorted(name for batch in batches for name in batch.images) == [f"{i}.png" for i in range(5)]
    assert [item.item for item in refused] == ["broken.png"]
    assert "broken.png" in refused[0].reason


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_no_bit(rows, files, workers):
    for alone, helped in zip(drawn(rows, files, 0), drawn(rows, files, workers), strict=True):
        assert (alone.images, alone.texts, alone.refused) == (helped.images, helped.texts, helped.refused)
        assert alone.pixels.equal(helped.pixels)
        assert alone.tokens.equal(helped.tokens)


def test_shards_change_no_bit(rows, files, tmp_path):
    sharding.write(Manifest(tuple(rows), tmp_path, "m"), tmp_path / "shards", SIZE, per_shard=2)
    packed = shards.open_shards(str(tmp_path / "shards")).pixels_of
    for one, other in zip(drawn(rows, files, 0), drawn(rows, packed, 0), strict=True):
        assert (one.images, one.refused) == (other.images, other.refused)
        assert one.pixels.equal(other.pixels)


def test_a_kept_picture_is_the_one_that_was_read(rows, tmp_path):
    kept = loader.Files(tmp_path, SIZE)
    first = kept.pixels_of(rows[0]).copy()
    (tmp_path / "0.png").unlink()
    np.testing.assert_array_equal(kept.pixels_of(rows[0]), first)


def test_an_epoch_and_a_second_turn_augment_anew(rows, files):
    samples = loader.Samples(rows, files, seed=3, extra_aug=True)
    first, epoch, turn = (samples[place].pixels for place in (Place(0, 0), Place(1, 0), Place(0, 0, turn=1)))
    assert not np.array_equal(first, epoch)
    assert not np.array_equal(first, turn)
    np.testing.assert_array_equal(samples[Place(0, 0)].pixels, first)


def test_turns_are_counted_within_an_epoch():
    assert loader.places([[2, 0], [2, 2]], epoch=5) == [
        [Place(5, 2, 0), Place(5, 0, 0)],
        [Place(5, 2, 1), Place(5, 2, 2)],
    ]


def test_a_text_that_several_share_is_tokenised_once(rows, files):
    samples = loader.Samples(rows, files, seed=0, extra_aug=False)
    batch = loader.assemble([samples[Place(0, i)] for i in (0, 3, 1, 2, 4)], SIZE, tokens, CONCEPTS)
    assert batch.tokens.flatten().tolist() == [len("shared"), len("caption of three"), len("caption of four")]
    assert batch.text_rows().tolist() == [0, 1, 0, 0, 2]


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.3, 20, 40), (1.0, 100, 100)])
def test_captions_are_spoken_as_often_as_asked(rows, files, share, least, most):
    samples = loader.Samples(rows, files, seed=1, extra_aug=False, caption_share=share)
    texts = [samples[Place(epoch, 3)].text for epoch in range(100)]
    assert least <= texts.count("caption of three") <= most
    assert all("drusen" in text.lower() for text in texts if text != "caption of three")


def test_labels_are_present_absent_or_unknown(rows, files):
    batch = drawn(rows, files, 0)[0]
    assert batch.labels[:, 0].tolist() == [1.0] * len(batch)
    assert batch.labels[:, 1].isnan().all()


def test_a_batch_of_refusals_alone_keeps_its_shape(rows, files):
    samples = loader.Samples(rows, files, seed=0, extra_aug=False)
    batch = loader.assemble([samples[Place(0, 5)]], SIZE, tokens, CONCEPTS)
    assert (len(batch), batch.pixels.shape, batch.labels.shape) == (0, (0, SIZE, SIZE, 3), (0, 2))
    assert [item.item for item in batch.refused] == ["broken.png"]


def test_stated_concepts_are_those_of_any_row_and_answer(tmp_path):
    stated = (Row("a", "cfp", present=("drusen",)), Row("b", "cfp", absent=("amd", "drusen"), split="test"))
    assert loader.stated_concepts(Manifest(stated, tmp_path, "m")) == ("amd", "drusen")


# ---- who reads ---------------------------------------------------------------------------------------


def test_a_thread_reads_a_little_ahead_and_no_more(rows):
    read = []

    def picture(row):
        read.append(threading.current_thread().name)
        return np.zeros((SIZE, SIZE, 3), np.uint8)

    samples = loader.Samples(rows, picture, seed=0, extra_aug=False)
    order = [[Place(0, 0)]] * 50
    coming = loader.batches(samples, order, SIZE, tokens, CONCEPTS, workers=0)
    next(coming)
    coming.close()
    assert 1 <= len(read) <= 1 + loader.AHEAD
    assert threading.main_thread().name not in read
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reads-images")]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_fault_that_is_no_images_is_the_same_sentence_from_whoever_reads(rows, workers):
    def picture(row):
        if row.image == "3.png":
            raise WorkError("shard-000001.tar is altered.")
        return np.zeros((SIZE, SIZE, 3), np.uint8)

    samples = loader.Samples(rows, picture, seed=0, extra_aug=False)
    coming = loader.batches(samples, [[Place(0, 0)], [Place(0, 3)]], SIZE, tokens, CONCEPTS, workers)
    assert next(coming).images == ("0.png",)
    with pytest.raises(WorkError, match=r"^shard-000001\.tar is altered\.$"):
        next(coming)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_worker_is_told(rows, workers):
    """Read one by one, as the loop does: the word may come while a batch is used, and not while one is asked for."""
    main = os.getpid()

    def picture(row):
        if row.image == "3.png" and os.getpid() != main:
            os.kill(os.getpid(), signal.SIGKILL)
        return np.zeros((SIZE, SIZE, 3), np.uint8)

    samples = loader.Samples(rows, picture, seed=0, extra_aug=False)
    order = [[Place(0, i % 6)] for i in range(40)]
    with pytest.raises(TrainingStopped, match="A process that reads images was killed"), loader.killed_reader_told():
        for _ in loader.batches(samples, order, SIZE, tokens, CONCEPTS, workers):
            sum(range(200_000))


def test_other_faults_are_not_taken_for_a_killed_worker():
    with pytest.raises(RuntimeError, match="something else"), loader.killed_reader_told():
        raise RuntimeError("something else")
