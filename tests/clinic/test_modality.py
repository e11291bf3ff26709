"""The modality a picture is recognised as, by a reader whose answers are known."""

import numpy as np
import pytest
from PIL import Image

from mmfundus import plugins
from mmfundus.clinic import modality
from mmfundus.clinic.modality import Recognised, recognise
from mmfundus.errors import UnreadableImage


@pytest.fixture
def believer(fake_reader, monkeypatch):
    """A reader for which every picture lies near one modality's words by a given cosine, and across all others."""

    def make(believed, cosine, trained_on=("cfp", "fa", "oct")):
        words = plugins.load("mmfundus.modalities", believed).WORDS
        vector = np.array([cosine, 0, (1 - cosine**2) ** 0.5], np.float32)
        fake_reader.trained_on = trained_on
        fake_reader.images = lambda pixels: np.tile(vector, (len(pixels), 1))
        fake_reader.texts = lambda texts: np.array([[t in words, t not in words, 0] for t in texts], np.float32)
        return fake_reader

    return make


@pytest.fixture
def picture(tmp_path):
    Image.effect_noise((40, 40), 80).save(tmp_path / "a.png")
    return tmp_path / "a.png"


@pytest.mark.parametrize("believed", ["cfp", "fa", "oct"])
def test_the_modality_with_the_words_is_recognised(picture, believer, believed):
    found = recognise(believer(believed, 0.9), picture)
    assert (found.modality, found.sure) == (believed, True)
    assert sum(found.shares.values()) == pytest.approx(1)
    # softmax of 10 x (0.9, 0, 0): the belief in the one, beside what it leaves to each of the others
    odds = np.exp([9.0, 0, 0])
    expected = odds / odds.sum()
    assert found.shares[believed] == pytest.approx(expected[0] / expected.sum(), abs=1e-6)


def test_a_picture_like_none_is_not_sure(picture, believer):
    found = recognise(believer("cfp", 0.0), picture)
    assert not found.sure
    assert list(found.shares.values()) == pytest.approx([1 / 3] * 3)


def test_sure_is_a_share_of_at_least_one_half():
    assert Recognised("a", {"a": modality.SURE, "b": 0.5}).sure
    assert not Recognised("a", {"a": 0.49, "b": 0.48, "c": 0.03}).sure


def test_a_model_of_one_modality_has_nothing_to_choose(picture, believer):
    assert recognise(believer("oct", 0.0, trained_on=("oct",)), picture).shares == {"oct": 1.0}


def test_where_training_is_not_recorded_all_modalities_are_asked(picture, believer):
    found = recognise(believer("oct", 0.9, trained_on=None), picture)
    assert set(found.shares) == set(plugins.names("mmfundus.modalities"))


def test_what_is_no_picture_is_refused(tmp_path, believer):
    with pytest.raises(UnreadableImage, match=r"gone\.png"):
        recognise(believer("cfp", 0.9), tmp_path / "gone.png")


def test_a_share_is_of_the_belief_when_prepared_as_that_modality(picture, believer):
    reader = believer("cfp", 0.0, trained_on=("cfp", "oct"))
    words = plugins.load("mmfundus.modalities", "cfp").WORDS
    reader.texts = lambda texts: np.array([[1, 0] if text in words else [0, 1] for text in texts], np.float32)
    reader.images = lambda pixels: np.array([[0.2, 0.0], [0.3, 0.3]], np.float32)  # prepared as cfp, as oct
    believed = np.exp(2) / (np.exp(2) + 1), 0.5  # of cfp in the one picture, of oct in the other
    assert recognise(reader, picture).shares["cfp"] == pytest.approx(believed[0] / sum(believed), abs=1e-6)
