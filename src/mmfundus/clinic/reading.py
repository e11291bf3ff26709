"""Images and a model to findings: probabilities for tables, readings with maps for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from mmfundus import plugins
from mmfundus.clinic import volumes
from mmfundus.clinic.modality import recognise
from mmfundus.data.dicom import address, files
from mmfundus.errors import UnreadableImage
from mmfundus.evaluate import calibrated, zero_shot
from mmfundus.evaluate.calibrated import Calibration
from mmfundus.knowledge.concepts import concepts
from mmfundus.models import embed, maps
from mmfundus.models.reader import Reader, ensemble_of
from mmfundus.types import Embeddings, Finding, Predictions, Reading, Row

SAY = "Give --modality."
Labels = Mapping[str, Sequence[str]]  # by modality: concept ids or free text
Vectors = Mapping[tuple[str, str], Float[np.ndarray, "d"]]


def rows_of(reader: Reader, images: Sequence[Path], modality: str = "") -> list[Row | Reading]:
    """A row for each file, of the given modality or of the one the model recognises.

    A file that cannot be read, or whose modality the model cannot tell, is a refused Reading.
    """

    def told(path: Path) -> list[Row]:
        if files.is_dicom(address.split(path)[0]):
            return volumes.rows(path, modality)
        return [Row(str(path), modality, patient=str(path))]

    def row(given: Row) -> Row | Reading:
        if given.modality == volumes.OTHER:
            why = given.extra["why"]
            refused = f"{Path(given.image).name!r} is not read: {why}. {SAY}"
            return Reading(given, None, refused=refused)
        if given.modality:
            return given
        try:
            found = recognise(reader, Path(given.image))
        except UnreadableImage as error:
            return Reading(given, None, refused=str(error))
        if not found.sure:
            shares = ", ".join(f"{name} {share:.2f}" for name, share in found.shares.items())
            return Reading(given, None, refused=f"Its modality is unclear ({shares}). {SAY}")
        return replace(given, modality=found.modality, extra={**given.extra, "modality_by": "recognised"})

    def each(path: Path) -> Iterator[Row | Reading]:
        try:
            rows = told(path)
        except UnreadableImage as error:
            yield Reading(Row(str(path), ""), None, refused=str(error))
            return
        middle = row(rows[len(rows) // 2])  # all frames of a file are of one modality
        if isinstance(middle, Reading):
            yield Reading(Row(str(path), ""), None, refused=middle.refused)
            return
        by = {key: said for key, said in middle.extra.items() if key == "modality_by"}
        yield from (replace(one, modality=middle.modality, extra={**one.extra, **by}) for one in rows)

    return [item for path in images for item in each(path)]


def read_files(
    reader: Reader, images: Sequence[Path], labels: Sequence[str] = (), modality: str = "", most: int | None = None
) -> list[Reading]:
    """One Reading a file, in the files' order; `labels` as a user names them, none = what the model learned.

    Of a DICOM volume: its answer (`clinic.volumes`), then one for each frame.

    Raises UnknownName for a modality that is none, AmbiguousName as `named` does.
    """
    if modality:
        plugins.load("mmfundus.modalities", modality)
    items = rows_of(reader, images, modality)
    rows = [item for item in items if isinstance(item, Row)]
    modalities = tuple(dict.fromkeys(row.modality for row in rows))
    asked = named(labels, modalities) if labels else learned(reader, modalities)
    whole = any(volumes.VOLUME in row.extra for row in rows)  # a volume's answer needs all findings of its frames
    readings = iter(read(reader, rows, Path(), asked, None if whole else most))
    return volumes.with_answers([next(readings) if isinstance(item, Row) else item for item in items], most)


def named(labels: Sequence[str], modalities: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What to ask each modality: the concept a label names (id, name, synonym), else the text itself.

    Raises AmbiguousName for an abbreviation that stands for several concepts of a modality.
    """
    return {m: tuple(dict.fromkeys(zero_shot.resolve(labels, m))) for m in modalities}


def learned(reader: Reader, modalities: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What to ask where nothing is named: what the model's training rows state, else all that a modality shows."""
    shown = {m: [c.id for c in concepts().values() if m in c.modalities] for m in modalities}
    return {m: tuple(reader.concepts.get(m) or shown[m]) for m in modalities}


def predict(reader: Reader, rows: Sequence[Row], root: Path, labels: Labels) -> Predictions:
    """Probabilities of the labels asked of each row's modality, calibrated where the model can.

    Refused rows keep their reason.
    """
    said = ask(reader, embed.embed(reader, rows, root), labels)
    return calibrated.apply(calibrated.read(reader.calibration), said, labels)


def ask(reader: Reader, embedded: Embeddings, labels: Labels) -> Predictions:
    """The same of images that are embedded already, and without calibration."""
    return zero_shot.predict(embedded, labels, vectors(reader, labels), reader.scale)


def read(reader: Reader, rows: Sequence[Row], root: Path, labels: Labels, most: int | None = 5) -> list[Reading]:
    """Each row's picture and its `most` likeliest findings (None: all), each with its map where the tower has one."""
    toward, maps_of = vectors(reader, labels), calibrated.read(reader.calibration)
    return [_read_one(reader, row, root, labels, toward, maps_of, most) for row in rows]


def as_predictions(readings: Sequence[Reading]) -> Predictions:
    """The table of readings that hold all their findings."""
    asked = tuple(dict.fromkeys(finding.label for one in readings for finding in one.findings))
    table = np.full((len(readings), len(asked)), np.nan)
    for i, one in enumerate(readings):
        for finding in one.findings:
            table[i, asked.index(finding.label)] = finding.probability
    return Predictions(tuple(one.row for one in readings), asked, table, tuple(one.refused for one in readings))


def vectors(reader: Reader, labels: Labels) -> dict[tuple[str, str], Float[np.ndarray, "d"]]:
    """Class vectors of labels and of what they are weighed against, asked in the model's own words."""
    return zero_shot.label_vectors(reader.texts, lambda label, modality: ensemble_of(reader, label, modality), labels)


def _read_one(
    reader: Reader,
    row: Row,
    root: Path,
    labels: Labels,
    toward: Vectors,
    maps_of: Sequence[Calibration],
    most: int | None,
) -> Reading:
    prepared = embed.prepare([row], embed.from_files(root, reader.size), reader.size, reader.trained_on)
    if prepared.refused[0]:
        return Reading(row, None, refused=prepared.refused[0])
    vector, positions = reader.look(prepared.pixels)
    predicted = zero_shot.predict(Embeddings((row,), vector, ("",)), labels, toward, reader.scale)
    if predicted.refused[0]:
        return Reading(row, prepared.pixels[0], refused=predicted.refused[0])
    plain = dict(zip(predicted.concepts, predicted.probability[0].tolist(), strict=True))
    predicted = calibrated.apply(maps_of, predicted, labels)
    fitted = calibrated.of(maps_of, row.modality, labels[row.modality])
    asked = [(p, label) for p, label in zip(predicted.probability[0], predicted.concepts, strict=True) if p == p]
    findings = []
    for probability, label in sorted(asked, key=lambda pair: (-pair[0], pair[1]))[:most]:
        shares = None if positions is None else maps.evidence(positions[0], toward[row.modality, label])
        cosine = float(vector[0].astype(np.float64) @ toward[row.modality, label])
        bent = fitted is not None and label in fitted.maps
        bounds = fitted.bounds.get(label) if fitted else None
        call = bounds.call(plain[label]) if bounds else ""
        findings.append(Finding(label, float(probability), cosine, shares, bent, call))
    return Reading(row, prepared.pixels[0], tuple(findings))
