"""What the validation rows say of weights, by towers whose answers can be told beforehand."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from mmfundus.errors import UnreadableImage
from mmfundus.losses import clip
from mmfundus.models.towers import FundusCLIP
from mmfundus.tensors import Features
from mmfundus.train import distributed, watch
from mmfundus.train.distributed import World
from mmfundus.train.watch import Score, Validation, better
from mmfundus.types import Row


class FakeTowers(FundusCLIP):
    """Bright pictures lie near texts with "drusen", dark ones near "normal"."""

    size, exact_map, scale = 8, False, torch.tensor(10.0)

    def __init__(self):
        torch.nn.Module.__init__(self)
        self.register_buffer("mean", torch.zeros(1))
        self.clip, self.calls = SimpleNamespace(logit_bias=None), 0

    def tokens(self, texts):
        return np.array([["drusen" in text, "normal" in text] for text in texts], np.int64).reshape(len(texts), 2)

    def text(self, tokens):
        return normalize(torch.cat([tokens.float(), torch.full((len(tokens), 1), 0.3)], 1), dim=1)

    def image(self, pixels):
        self.calls += 1
        bright = pixels.float().mean((1, 2, 3)) / 255
        return normalize(torch.stack([bright, 1 - bright, torch.full_like(bright, 0.5)], 1), dim=1)


def rows_of(*stated, captions=None):
    """A row each of a modality, brightness (None: cannot be read) and concept; brightness is its name."""
    return tuple(
        Row(f"{i}-{grey}", m, f"p{i}", present=(c,) if c else (), captions=(captions[i],) if captions else ())
        for i, (m, grey, c) in enumerate(stated)
    )


def picture(row):
    grey = row.image.split("-")[1]
    if grey == "None":
        raise UnreadableImage(f"{row.image} is broken.")
    return np.full((8, 8, 3), int(grey), np.uint8)


def validation(rows, world=None, batch=32):
    world = world or World(0, 1, torch.device("cpu"))
    concepts = ("drusen", "glaucoma", "normal")
    return Validation(tuple(rows), picture, world, {"clip": clip.loss}, {"clip": 2.0}, concepts, batch)


def score_of(rows, **told):
    return validation(rows, **told).score(FakeTowers())[0]


# ---- zero-shot -----------------------------------------------------------------------------------------


def test_a_known_order_has_a_known_score():
    right = [("cfp", 200, "drusen"), ("cfp", 90, "drusen"), ("cfp", 100, "normal"), ("cfp", 10, "normal")]
    found = score_of(rows_of(*right))
    assert found.concepts == {"cfp/drusen": 0.75, "cfp/normal": 0.75}
    assert (found.modalities, found.macro_auroc) == ({"cfp": 0.75}, 0.75)


def test_the_mean_is_over_questions_not_over_modalities():
    rows = [("cfp", 200, "drusen"), ("cfp", 10, "normal"), ("oct", 10, "drusen"), ("oct", 200, "normal")]
    found = score_of(rows_of(*rows, ("cfp", 100, "glaucoma")))
    assert len(found.concepts) == 5
    assert found.macro_auroc == pytest.approx(np.mean(list(found.concepts.values())))
    assert set(found.modalities) == {"cfp", "oct"}


def test_a_concept_without_both_answers_is_left_out_and_not_guessed():
    assert score_of(rows_of(("cfp", 200, "drusen"), ("cfp", 10, "drusen"))).macro_auroc is None


def test_a_row_that_cannot_be_read_is_told_and_does_not_shift_the_others():
    rows = rows_of(("cfp", None, "normal"), ("cfp", 200, "drusen"), ("cfp", 10, "normal"))
    found, refused = validation(rows).score(FakeTowers())
    assert found.macro_auroc == 1.0
    assert [(item.item, item.reason) for item in refused] == [("0-None", "0-None is broken.")]


@pytest.mark.parametrize("rows", [(), rows_of(("cfp", None, "normal"))])
def test_nothing_to_score_is_no_score(rows):
    assert score_of(rows) == Score(None, {}, {}, None, {})


# ---- loss and recall -----------------------------------------------------------------------------------


FOUR = [("cfp", 200, "drusen"), ("cfp", 180, "drusen"), ("cfp", 30, "normal"), ("cfp", 160, "normal")]
SAID = ["drusen", "drusen", "a normal eye", "normal"]


def loss_by_hand(rows):
    towers = FakeTowers()
    features = Features(
        towers.image(torch.from_numpy(np.stack([picture(row) for row in rows]))),
        towers.text(torch.from_numpy(towers.tokens([row.captions[0] for row in rows]))),
        towers.scale,
    )
    batch = watch.known(rows, [row.captions[0] for row in rows], torch.zeros(len(rows), 0))
    return 2.0 * clip.loss(features, batch).item()


def test_the_loss_is_that_of_training_weighted_as_there():
    rows = rows_of(*FOUR, captions=SAID)
    assert score_of(rows).loss == pytest.approx(loss_by_hand(rows), rel=1e-5)


def test_the_loss_of_several_batches_is_their_mean_over_samples():
    rows = rows_of(*FOUR, ("cfp", 90, "normal"), captions=[*SAID, "normal"])
    order = np.random.default_rng(0).permutation(5)
    parts = [[rows[i] for i in part] for part in np.array_split(order, 3)]
    expected = sum(len(part) * loss_by_hand(part) for part in parts) / 5
    assert score_of(rows, batch=2).loss == pytest.approx(expected, rel=1e-5)


def test_finding_ones_own_words_in_another_row_is_right():
    """Of four pictures the dark "normal" one finds a text of its own, the bright one finds "drusen"."""
    found = score_of(rows_of(*FOUR, captions=["drusen", "drusen", "normal", "normal"]))
    assert (found.recall["image-text@1"], found.recall["text-image@1"]) == (0.75, 1.0)
    assert found.recall["image-text@5"] == 1.0
    assert found.text_recall == pytest.approx(np.mean([0.75, 1, 1, 1, 1, 1]))
    assert found.eye_recall is None


def eyes(*told):
    return tuple(Row(f"{i}-{grey}", m, p, eye, present=("drusen",)) for i, (m, p, eye, grey) in enumerate(told))


def test_an_eyes_other_picture_is_sought_among_its_modality():
    """The first eye's scan is nearest to its photograph; the second's is nearer to the third's."""
    found = score_of(
        eyes(
            ("cfp", "p1", "R", 250), ("oct", "p1", "R", 240), ("cfp", "p2", "R", 100), ("oct", "p2", "R", 60),
            ("cfp", "p3", "L", 20), ("oct", "p3", "L", 95),
        )
    )  # fmt: skip
    assert found.recall["cfp-oct@1"] == pytest.approx(1 / 3)
    assert found.recall["oct-cfp@1"] == pytest.approx(1 / 3)
    assert found.recall["cfp-oct@5"] == 1.0
    assert found.eye_recall == pytest.approx(np.mean([1 / 3, 1, 1, 1 / 3, 1, 1]))


def test_an_eye_or_patient_not_stated_is_nobodys_pair():
    found = score_of(eyes(("cfp", "p1", "", 250), ("oct", "p1", "", 240), ("cfp", "", "R", 20), ("oct", "", "R", 20)))
    assert found.eye_recall is None
    assert not [name for name in found.recall if "text" not in name]


@pytest.mark.parametrize(
    ("value", "than", "watched", "kept"),
    [
        (0.6, 0.5, "macro_auroc", True),
        (0.5, 0.5, "macro_auroc", True),  # of equals the later
        (0.4, 0.5, "text_recall", False),
        (0.4, 0.5, "loss", True),
        (0.5, 0.5, "loss", True),
        (0.6, 0.5, "loss", False),
        (None, None, "loss", True),  # nothing is known: the later
        (0.1, None, "eye_recall", True),
        (None, 0.1, "macro_auroc", False),
    ],
)
def test_which_of_two_is_kept(value, than, watched, kept):
    assert better(value, than, watched) is kept


# ---- over several ranks --------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [63, 66, 130])
def test_ranks_share_the_rows_and_call_the_towers_equally_often(monkeypatch, rows):
    """Unreadable rows or an odd number are one rank's alone, and where weights lie in parts all must call."""
    table = rows_of(*[("cfp", None if i < 40 and i % 2 else i, "drusen") for i in range(rows)])
    told, towers = [], [FakeTowers(), FakeTowers()]
    for rank in (0, 1):
        monkeypatch.setattr(distributed, "everyones", lambda one: told.append(one) or [one])
        share = validation(table, World(rank, 2, torch.device("cpu")))
        share._embedded(watch.TowerReader(towers[rank], ""))
    assert towers[0].calls == towers[1].calls > 0
    monkeypatch.setattr(distributed, "everyones", lambda one: told)
    vectors, refused = validation(table, World(0, 2, torch.device("cpu")))._embedded(watch.TowerReader(towers[0], ""))
    monkeypatch.undo()
    alone, refused_alone = validation(table)._embedded(watch.TowerReader(FakeTowers(), ""))
    np.testing.assert_array_equal(vectors, alone)
    assert refused == refused_alone
    assert np.isnan(alone).any(1).tolist() == [bool(reason) for reason in refused]
