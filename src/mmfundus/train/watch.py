"""The validation rows while training: judged by the same code as after it, over all ranks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32

from mmfundus.data.images import Picture
from mmfundus.data.manifest import labels
from mmfundus.data.splits import patient_key
from mmfundus.evaluate import metrics, zero_shot
from mmfundus.evaluate.questions import questions, stated
from mmfundus.evaluate.retrieval import recall_at
from mmfundus.knowledge import prompts
from mmfundus.models import embed
from mmfundus.models.reader import ensemble_of
from mmfundus.models.tower_reader import TowerReader
from mmfundus.models.towers import FundusCLIP
from mmfundus.tensors import Batch, Features
from mmfundus.train import distributed
from mmfundus.train.distributed import World
from mmfundus.types import Embeddings, Refusal, Row

KS = (1, 5, 10)
Losses = Mapping[str, Callable[[Features, Batch], torch.Tensor]]
Vectors = Float32[np.ndarray, "n d"]


@dataclass(frozen=True)
class Score:
    """What the validation rows say of the weights; None where they cannot."""

    macro_auroc: float | None = None  # over the (modality, concept) pairs that have both answers
    modalities: Mapping[str, float] = field(default_factory=dict)
    concepts: Mapping[str, float] = field(default_factory=dict)  # "modality/concept"
    loss: float | None = None  # mean over batches of unaltered pictures, the losses weighted as in training
    recall: Mapping[str, float | None] = field(default_factory=dict)  # "image-text@1", "cfp-oct@10", ...

    @property
    def text_recall(self) -> float | None:
        """Mean of Recall@1, 5 and 10, image to text and text to image."""
        return self._mean(lambda name: "text" in name)

    @property
    def eye_recall(self) -> float | None:
        """Mean of Recall@1, 5 and 10 of images of the same eye, between each two modalities."""
        return self._mean(lambda name: "text" not in name)

    def _mean(self, counts: Callable[[str], bool]) -> float | None:
        values = [value for name, value in self.recall.items() if value is not None and counts(name)]
        return float(np.mean(values)) if values else None

    def events(self) -> dict[str, Any]:
        """As logged."""
        return {
            "macro_auroc": self.macro_auroc,
            "modalities": dict(self.modalities),
            "concepts": dict(self.concepts),
            "val_loss": self.loss,
            "recall": dict(self.recall),
            "text_recall": self.text_recall,
            "eye_recall": self.eye_recall,
        }


def better(value: float | None, than: float | None, watch: str) -> bool:
    """Whether a watched value is at least as good; of equals the later counts, and so does one that is undefined."""
    if value is None or than is None:
        return value is not None or than is None
    return value <= than if watch == "loss" else value >= than


@dataclass(frozen=True)
class Validation:
    """The validation rows, their texts, and how they are read."""

    rows: tuple[Row, ...]
    picture: Picture
    world: World
    losses: Losses
    weights: Mapping[str, float]
    concepts: tuple[str, ...]  # columns of a batch's labels
    batch: int

    def score(self, model: FundusCLIP) -> tuple[Score, tuple[Refusal, ...]]:
        """Judge the weights; all ranks must call it, and get the same. Also the rows that could not be read."""
        if not self.rows:
            return Score(), ()
        reader = TowerReader(model, "in training")
        vectors, refused = self._embedded(reader)
        seen = Embeddings(self.rows, vectors, refused)
        read = [i for i, reason in enumerate(refused) if not reason]
        texts = [_text(self.rows[i]) for i in read]
        distinct = list(dict.fromkeys(texts))
        said = reader.texts(distinct)[[distinct.index(text) for text in texts]] if texts else vectors[:0]
        found = Score(
            **_zero_shot(seen, reader),
            loss=self._loss(model, read, texts, vectors[read], said),
            recall=_recall([self.rows[i] for i in read], texts, vectors[read], said),
        )
        refusals = [Refusal(row.image, reason) for row, reason in zip(self.rows, refused, strict=True) if reason]
        return distributed.leaders(found), tuple(refusals)

    def _embedded(self, reader: TowerReader) -> tuple[Vectors, tuple[str, ...]]:
        """Vectors of all rows, each rank having seen its share; NaN where refused."""
        mine = self.world.mine(self.rows)
        most = -(-len(self.rows) // self.world.size)
        found: list[Vectors] = []
        refused: list[str] = []
        for start in range(0, most, embed.CHUNK):
            ready = embed.prepare(mine[start : start + embed.CHUNK], self.picture, reader.size)
            # As many pictures on every rank, black ones for want of others: where weights are in parts, all must call.
            pixels = np.zeros((min(embed.CHUNK, most - start), reader.size, reader.size, 3), np.uint8)
            pixels[: len(ready.pixels)] = ready.pixels
            found.append(ready.spread(reader.images(pixels)[: len(ready.pixels)]))
            refused += ready.refused
        everyones = distributed.everyones((np.concatenate(found), refused))
        return np.concatenate([one for one, _ in everyones]), tuple(r for _, some in everyones for r in some)

    def _loss(
        self, model: FundusCLIP, read: Sequence[int], texts: Sequence[str], images: Vectors, said: Vectors
    ) -> float | None:
        """Mean over batches; rows are mixed once, for tables are often sorted by class."""
        if not read:
            return None
        order = np.random.default_rng(0).permutation(len(read))
        parts = np.array_split(order, -(-len(read) // self.batch))
        stated_ = torch.from_numpy(labels([self.rows[i] for i in read], self.concepts).astype(np.float32))
        scale, bias = model.scale.detach().cpu(), model.clip.logit_bias
        values = []
        for part in parts:
            rows = [self.rows[read[i]] for i in part]
            features = Features(
                torch.from_numpy(images[part]),
                torch.from_numpy(said[part]),
                scale,
                None if bias is None else bias.detach().cpu(),
            )
            batch = known(rows, [texts[i] for i in part], stated_[torch.from_numpy(part)])
            total = sum(weight * self.losses[name](features, batch) for name, weight in self.weights.items())
            values.append(float(total))
        return float(np.average(values, weights=[len(part) for part in parts]))


def known(rows: Sequence[Row], texts: Sequence[str], stated_: torch.Tensor) -> Batch:
    """What losses need to know of samples, without pixels and tokens."""
    return Batch(
        pixels=torch.zeros(len(rows), 0, 0, 3, dtype=torch.uint8),
        tokens=torch.zeros(0, 0, dtype=torch.int64),
        labels=stated_,
        texts=tuple(texts),
        patient=tuple(row.patient for row in rows),
        eye=tuple(row.eye for row in rows),
        modality=tuple(row.modality for row in rows),
        images=tuple(row.image for row in rows),
    )


def _text(row: Row) -> str:
    return (row.captions or prompts.captions(row))[0]


def _zero_shot(seen: Embeddings, reader: TowerReader) -> dict[str, Any]:
    """AUROC of each concept the rows state, and their means."""
    asked = zero_shot.asked(seen.rows)
    vectors = zero_shot.label_vectors(reader.texts, lambda label, m: ensemble_of(reader, label, m), asked)
    predicted = zero_shot.predict(seen, asked, vectors, reader.scale)
    found: dict[str, dict[str, float]] = {}
    for question in questions(stated(predicted, labels(seen.rows, predicted.concepts)), None):
        value = metrics.auroc(question.ranking.tally())
        if value is not None:
            found.setdefault(question.modality, {})[question.concept] = value
    every = [value for concepts in found.values() for value in concepts.values()]
    return {
        "macro_auroc": float(np.mean(every)) if every else None,
        "modalities": {modality: float(np.mean(list(concepts.values()))) for modality, concepts in found.items()},
        "concepts": {f"{modality}/{c}": value for modality, concepts in found.items() for c, value in concepts.items()},
    }


def _recall(rows: Sequence[Row], texts: Sequence[str], images: Vectors, said: Vectors) -> dict[str, float | None]:
    """Image to text and back, where one text may be many rows', and between the modalities of an eye."""
    if not rows:
        return {}
    same_text = _equal(texts)
    found = {f"image-text@{k}": value for k, value in recall_at(images @ said.T, same_text, KS).items()}
    found |= {f"text-image@{k}": value for k, value in recall_at(said @ images.T, same_text, KS).items()}
    kinds = {kind: [i for i, row in enumerate(rows) if row.modality == kind] for kind in {row.modality for row in rows}}
    same_eye = _equal([(patient_key(row), row.eye) if row.eye and row.patient else row.image for row in rows])
    for one in sorted(kinds):
        for other in sorted(kinds.keys() - {one}):
            here, there = kinds[one], kinds[other]
            recalls = recall_at(images[here] @ images[there].T, same_eye[np.ix_(here, there)], KS)
            found |= {f"{one}-{other}@{k}": value for k, value in recalls.items() if value is not None}
    return found


def _equal(names: Sequence[Any]) -> np.ndarray:
    place = {name: i for i, name in enumerate(dict.fromkeys(names))}
    numbers = np.array([place[name] for name in names])
    return np.asarray(numbers[:, None] == numbers[None, :])
