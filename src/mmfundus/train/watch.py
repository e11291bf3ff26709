"""Zero-shot on the validation rows while training: the same judge as after it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mmfundus.data.manifest import labels
from mmfundus.evaluate import metrics, zero_shot
from mmfundus.evaluate.questions import questions, stated
from mmfundus.models.embed import Prepared
from mmfundus.models.reader import Reader, ensemble_of
from mmfundus.types import Embeddings


@dataclass(frozen=True)
class Score:
    """Macro AUROC over the (modality, concept) pairs for which validation has both answers."""

    macro_auroc: float | None  # None where no pair has both
    modalities: Mapping[str, float]
    concepts: Mapping[str, float]  # "modality/concept"


def zero_shot_score(reader: Reader, rows: Prepared) -> Score:
    """AUROC of each concept the validation rows state, and their means."""
    if not len(rows.pixels):
        return Score(None, {}, {})
    asked = zero_shot.asked(rows.rows)
    vectors = zero_shot.label_vectors(reader.texts, lambda label, m: ensemble_of(reader, label, m), asked)
    seen = Embeddings(rows.rows, rows.spread(reader.images(rows.pixels)), rows.refused)
    predicted = zero_shot.predict(seen, asked, vectors, reader.scale)
    found: dict[str, dict[str, float]] = {}
    for question in questions(stated(predicted, labels(rows.rows, predicted.concepts)), None):
        value = metrics.auroc(question.ranking.tally())
        if value is not None:
            found.setdefault(question.modality, {})[question.concept] = value
    every = [value for concepts in found.values() for value in concepts.values()]
    return Score(
        macro_auroc=float(np.mean(every)) if every else None,
        modalities={modality: float(np.mean(list(concepts.values()))) for modality, concepts in found.items()},
        concepts={f"{modality}/{c}": value for modality, concepts in found.items() for c, value in concepts.items()},
    )
