"""Labels in words against pictures: class vectors, cosines, and probabilities that do not saturate.

The rule of probability and its reasons: docs/decisions/0002-zero-shot-probability.md.
Shape letters: N images, C labels, D embedding width, M prompts.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Float, Float32, Float64

from mmfundus.errors import BrokenModel, UnknownName, UsageError
from mmfundus.knowledge.concepts import NORMAL, concepts, find, related
from mmfundus.knowledge.prompts import Prompt
from mmfundus.types import Embeddings, Predictions, Row

Encode = Callable[[Sequence[str]], Float32[np.ndarray, "m d"]]  # texts to vectors, of any length
Ensemble = Callable[[str, str], Sequence[Prompt]]  # label, modality -> prompts

NOT_FINITE = "The model's vector of this image is not finite."
ABNORMAL = "eye disease"  # free text that stands against NORMAL where nothing else is asked
SURE = math.log(1e6)  # log-odds from which on they are written smaller, see `probability`


def asked(rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """Per modality, the concepts that at least one of its rows states as present, in order of name.

    A concept that is only ever absent (or only implied) in a modality is not asked of it: nothing
    could be measured but false alarms.
    """
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.modality, set()).update(row.present)
    return {modality: tuple(sorted(found[modality])) for modality in sorted(found) if found[modality]}


def resolve(texts: Sequence[str], modality: str) -> tuple[str, ...]:
    """What a user calls the labels, as concept ids; a text that names no concept stays as it is.

    Raises AmbiguousName for an abbreviation that means several concepts seen in this modality.
    """
    return tuple(_resolve(" ".join(text.split()), modality) for text in texts)


def _resolve(text: str, modality: str) -> str:
    try:
        return find(text, modality).id
    except UnknownName:
        return text


def rivals(label: str, labels: Sequence[str]) -> tuple[str, ...]:
    """What `label` is weighed against: the asked labels that are unrelated to it.

    Its ancestors and descendants are not rivals (severe NPDR does not speak against diabetic
    retinopathy), nor is what shares a descendant with it. NORMAL is always a rival, so that one label
    alone can be asked; where NORMAL itself is asked alone, ABNORMAL is.
    """
    others = tuple(other for other in labels if _compete(label, other))
    if label == NORMAL:
        return others or (ABNORMAL,)
    return others if NORMAL in others else (*others, NORMAL)


def _compete(label: str, other: str) -> bool:
    """Whether one label speaks against the other. ABNORMAL is the ancestor of all but NORMAL."""
    if ABNORMAL in (label, other):
        return NORMAL in (label, other)
    if label in concepts() and other in concepts():
        return not related(label, other)
    return label != other


def needed(labels: Sequence[str]) -> tuple[str, ...]:
    """The asked labels, then the silent rivals: all that needs a class vector.

    Raises UsageError if a label is asked twice or none is asked.
    """
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise UsageError(f"The label {repeated[0]!r} is asked {labels.count(repeated[0])} times. Ask each label once.")
    if not labels:
        raise UsageError("No label is asked. Name at least one, such as 'glaucoma'.")
    return tuple(dict.fromkeys([*labels, *(rival for label in labels for rival in rivals(label, labels))]))


def class_vectors(encode: Encode, ensembles: Mapping[str, Sequence[Prompt]]) -> dict[str, Float64[np.ndarray, "d"]]:
    """One unit vector a label: the normalised weighted mean of the normalised prompt vectors.

    Normalised twice, as Radford et al. (2021) do: without the second time, a label whose prompts
    disagree has a short vector and loses to the others whatever the picture shows. All prompts go
    to `encode` in one call. Raises BrokenModel if a vector has no direction.
    """
    vectors = iter(encode([prompt.text for prompts in ensembles.values() for prompt in prompts]).astype(np.float64))
    found = {}
    for label, prompts in ensembles.items():
        assert prompts, f"the ensemble of {label!r} has no prompt"
        units = [prompt.weight * _unit(next(vectors), label) for prompt in prompts]
        found[label] = _unit(np.mean(units, axis=0), label)
    return found


def label_vectors(
    encode: Encode, ensemble: Ensemble, labels_by_modality: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], Float64[np.ndarray, "d"]]:
    """Class vectors by (modality, label) for `predict`, the silent rivals included."""
    return {
        (modality, label): vector
        for modality, labels in labels_by_modality.items()
        for label, vector in class_vectors(encode, {name: ensemble(name, modality) for name in needed(labels)}).items()
    }


def cosines(
    images: Float[np.ndarray, "n d"], vectors: Mapping[str, Float[np.ndarray, "d"]]
) -> dict[str, Float64[np.ndarray, "n"]]:
    """Per label, the cosine of each image's unit vector with the label's, in float64."""
    wide = images.astype(np.float64)
    return {label: wide @ vector.astype(np.float64) for label, vector in vectors.items()}


def log_odds(
    cosine: Mapping[str, Float64[np.ndarray, "n"]], labels: Sequence[str], scale: float
) -> Float64[np.ndarray, "n c"]:
    """Per image and label, scale x cosine less the logarithm of its rivals' summed exponentials.

    Args:
        cosine: by label, for all of `needed(labels)`.
        labels: asked of these images, in the order of the result's columns.
        scale: what the model multiplies cosines by (CLIP's exp(logit scale), up to 100).
    """
    assert 0 < scale < math.inf, f"scale {scale} is not a positive number"
    columns = [
        scale * cosine[label] - np.logaddexp.reduce([scale * cosine[rival] for rival in rivals(label, labels)])
        for label in labels
    ]
    return np.stack(columns, axis=1)


def probability(odds: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """Log-odds to probabilities of which no two that differ become equal by rounding.

    1 / (1 + exp(-x)), exactly, up to odds of a million to one. Beyond, float64 soon has no number
    left between p and 1 (from x = 37 on all images would tie), so the excess over SURE counts as
    log(1 + excess): the order stays, and no probability moves by more than a millionth.
    """
    excess = np.maximum(odds - SURE, 0)
    written = np.minimum(odds, SURE) + np.log1p(excess)
    likely: Float64[np.ndarray, "*shape"] = np.exp(-np.logaddexp(0, -written))
    return likely


def predict(
    embeddings: Embeddings,
    labels_by_modality: Mapping[str, Sequence[str]],
    vectors: Mapping[tuple[str, str], Float[np.ndarray, "d"]],
    scale: float,
) -> Predictions:
    """Probabilities of the labels asked of each row's modality; NaN for the others and for refused rows.

    `vectors` are those of `label_vectors`. A row of whose modality nothing was asked is refused with
    that reason, and so is a row whose vector is not finite.
    """
    asked_of_any = tuple(dict.fromkeys(label for labels in labels_by_modality.values() for label in labels))
    refused = tuple(_refusal(embeddings, i, labels_by_modality) for i in range(len(embeddings.rows)))
    table = np.full((len(embeddings.rows), len(asked_of_any)), np.nan)
    for modality, labels in labels_by_modality.items():
        here = [i for i, row in enumerate(embeddings.rows) if row.modality == modality and not refused[i]]
        if not here:
            continue  # where every row is refused, no vector tells the embedding's width
        cosine = cosines(embeddings.vectors[here], {label: vectors[modality, label] for label in needed(labels)})
        columns = [asked_of_any.index(label) for label in labels]
        table[np.ix_(here, columns)] = probability(log_odds(cosine, labels, scale))
    return Predictions(embeddings.rows, asked_of_any, table, refused)


def _refusal(embeddings: Embeddings, i: int, labels_by_modality: Mapping[str, Sequence[str]]) -> str:
    """Why row `i` gets no probabilities; empty if it does."""
    modality = embeddings.rows[i].modality
    if embeddings.refused[i]:
        return embeddings.refused[i]
    if not labels_by_modality.get(modality):
        return f"No label is asked of {modality} images."
    if not np.isfinite(embeddings.vectors[i]).all():
        return NOT_FINITE
    return ""


def _unit(vector: Float64[np.ndarray, "d"], label: str) -> Float64[np.ndarray, "d"]:
    """The vector at length one."""
    length = float(np.linalg.norm(vector))
    if not 1e-12 < length < math.inf:  # also false for NaN
        raise BrokenModel(
            f"The text tower gives no direction for {label!r}: the vector's length is {length}, where a "
            "positive number is needed. Check the model's weights."
        )
    return vector / length
