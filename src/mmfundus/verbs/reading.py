"""What a model sees on images."""

from pathlib import Path

from tyro.conf import Positional

from mmfundus.errors import UsageError
from mmfundus.tables import writable
from mmfundus.verbs._ends import listed, named


def predict(
    images: Positional[tuple[Path, ...]],
    model: str,
    labels: str = "",
    modality: str = "",
    explain: bool = False,
    json: bool = False,
    out: Path | None = None,
) -> int:
    """Ask a model for findings on images, by any name.

    Research software, not a medical device.

    Args:
        images: Image files.
        model: Model directory; with the train install, anything open_clip loads.
        labels: Concepts, names, synonyms or free text, joined by commas; if not given, what the model learned.
        modality: Of all the images; if not given, the model recognises it and the table says so.
        explain: With --out, also write the maps that add up to each score, as PNG and a page.
        json: Print JSON instead of a table.
        out: Folder for predictions.csv and the pictures.
    """
    from mmfundus.clinic import reading
    from mmfundus.models.reader import open_reader
    from mmfundus.report import files, words

    if not images:
        raise UsageError("There is no image to read. Give one or more image files.")
    if explain and out is None:
        raise UsageError("--explain writes pictures; say where with --out DIR.")
    if out is not None:
        writable(out)
    reader = open_reader(model)
    found = reading.read_files(reader, images, listed(labels), modality)
    print(words.readings_json(found, reader.name) if json else "\n".join(words.reading_lines(found)))
    if out is not None:
        files.write_predictions(found, reader.name, out)
        if explain:
            files.write_readings(found, out, f"Read by {reader.name}")
    return named([one.refused for one in found if one.refused])
