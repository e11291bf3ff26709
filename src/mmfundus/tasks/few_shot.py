"""From 1 to 16 labelled patients a class: several methods, several draws, and zero-shot as the point at 0.

A question is one concept in one modality, against the images that state it absent; what nobody stated is left out.
Patients are drawn from `train`; settings are chosen on `val`, which is larger than what a clinic with 16 images has,
and is the usual kindness of few-shot studies; `split` is only judged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mmfundus import plugins
from mmfundus.clinic import reading
from mmfundus.errors import ManifestError, UnknownName, UsageError
from mmfundus.evaluate import few_shot, probe, zero_shot
from mmfundus.evaluate.adapters import Shots, words
from mmfundus.evaluate.few_shot import ZERO, Curve, Point, Question
from mmfundus.evaluate.metrics import Ranking, rank
from mmfundus.models.reader import Reader
from mmfundus.tasks import Judged, _lora, _rows
from mmfundus.tasks.probe import explain, fill
from mmfundus.types import Manifest

OPTIONS = ("embeddings", "shots", "draws", "methods")
METHODS = "mmfundus.evaluate.adapters"
SHOTS, DRAWS = (1, 2, 4, 8, 16), 5
Score = Callable[[str, np.ndarray], np.ndarray]  # a split and places of its rows to log-odds of "present"


def judge(
    reader: Reader,
    manifest: Manifest,
    split: str,
    seed: int = 0,
    resamples: int = 1000,
    embeddings: Path | None = None,
    shots: Sequence[int] = SHOTS,
    draws: int = DRAWS,
    methods: Sequence[str] = (),
) -> Judged:
    """The curve under `few_shot`; the rest of the result judges one point of it, which `few_shot` names.

    That point is the method with the best validation mean at the most shots, in the first draw. A concept of which
    the training rows have fewer patients a class than the most shots is no part of the curve, and is named.
    """
    if split == "train":
        raise ManifestError("Shots are drawn from the rows of 'train', which cannot be judged too. Give --split test.")
    if not shots or min(shots) < 1 or draws < 1:
        raise UsageError(f"--shots {tuple(shots)} and --draws {draws}: each must be at least 1.")
    names = tuple(dict.fromkeys(name.replace("-", "_") for name in methods)) or plugins.names(METHODS)
    for name in names:
        if name not in (known := (*plugins.names(METHODS), _lora.NAME)):
            raise UnknownName("few-shot method", name, known)
    parts = _rows.parts(reader, manifest, split, ("train", "val"), embeddings)
    tower = _lora.opened(reader, parts, manifest.root) if _lora.NAME in names else None
    study = _Study(parts, reader, names, tower, tuple(sorted(set(shots))), draws, seed)
    return study.judged(manifest, resamples)


@dataclass(frozen=True)
class _Study:
    """All that one few-shot evaluation is asked."""

    parts: _rows.Parts
    reader: Reader
    methods: tuple[str, ...]
    tower: _lora.Lora | None  # where the method lora is asked for
    shots: tuple[int, ...]
    draws: int
    seed: int

    def judged(self, manifest: Manifest, resamples: int) -> Judged:
        """Fit everything, judge the curve and the point that is reported."""
        left_out, fits = [], {}
        text = reading.vectors(self.reader, self.parts.asked)
        for modality, concepts in self.parts.asked.items():
            for concept in concepts:
                rivals = [text[modality, rival] for rival in zero_shot.rivals(concept, concepts)]
                against = np.mean(rivals, axis=0)
                both = np.stack([against / np.linalg.norm(against), text[modality, concept]])
                found = self._question(modality, concept, both)
                if isinstance(found, str):
                    left_out.append({"modality": modality, "concept": concept, "reason": found})
                else:
                    fits[modality, concept] = found
        curve = self._curve(fits)
        return self._report(manifest, fits, curve, left_out, resamples)

    def _question(self, modality: str, concept: str, text: np.ndarray) -> "dict[Point, list[_Fit]] | str":
        """Every method, number of shots and draw of one concept, or why there is none."""
        train, val, test = (
            _rows.known(rows, modality, concept)
            for rows in (self.parts.embeddings.get("train"), self.parts.held, self.parts.embeddings[self.parts.split])
        )
        drawn = [
            few_shot.chosen(train.y, train.patient, train.image, self.shots[-1], (self.seed, d, modality, concept))
            for d in range(self.draws)
        ]
        fewest = min((len(side) for pair in drawn for side in pair), default=0)
        if fewest < self.shots[-1]:
            return f"the training rows give {fewest} patients of a class; {self.shots[-1]} shots need as many"
        if test.single:
            return "the judged rows state it only present, or only absent"
        held = None if val.single else val
        scale = self.reader.scale
        found = {ZERO: [_Fit(self._of_vectors(lambda x: words(x, text, scale)), {}, 0.0)]}
        for count in self.shots:
            for name in self.methods:
                found[name, count] = []
                for present, absent in drawn:
                    at = np.array(present[:count] + absent[:count])
                    shots = Shots(train.x[at], train.y[at], text, scale)
                    grid, fit = self._method(name, shots, train.row[at], modality)
                    found[name, count].append(_choose(grid, fit, held))
        return found

    def _method(
        self, name: str, shots: Shots, rows: np.ndarray, modality: str
    ) -> "tuple[Sequence[dict[str, float]], Callable[..., Score]]":
        """A method's settings, and what fits it at one of them."""
        if name == _lora.NAME:
            tower = self.tower
            assert tower is not None, "it was opened because it is asked for"

            def tuned(**setting: float) -> Score:
                scores = tower.scores(shots, rows, modality, **setting)
                return lambda split, at: scores[split][at]

            return _lora.GRID, tuned
        method = plugins.load(METHODS, name)
        return method.GRID, lambda **setting: self._of_vectors(method.fit(shots, **setting))

    def _of_vectors(self, score: probe.Score) -> "Score":
        """A score of frozen vectors as one of rows."""
        return lambda split, at: _rows.on_rows(score, self.parts, split)(at)

    def _curve(self, fits: "dict[Question, dict[Point, list[_Fit]]]") -> Curve:
        """The judged rows ranked by every fit."""
        rows = self.parts.embeddings[self.parts.split].rows
        number = {name: i for i, name in enumerate(sorted({row.patient for row in rows}))}
        rankings: dict[Point, dict[Question, list[Ranking]]] = {}
        for (modality, concept), by_point in fits.items():
            test = _rows.known(self.parts.embeddings[self.parts.split], modality, concept)
            owner = np.array([number[name] for name in test.patient], dtype=np.int64)
            for point, its in by_point.items():
                ranked = [rank(fit.score(self.parts.split, test.row), test.y, owner) for fit in its]
                rankings.setdefault(point, {})[modality, concept] = ranked
        return Curve(rankings, len(number))

    def _report(
        self,
        manifest: Manifest,
        fits: "dict[Question, dict[Point, list[_Fit]]]",
        curve: Curve,
        left_out: list[dict[str, Any]],
        resamples: int,
    ) -> Judged:
        parts, most = self.parts, self.shots[-1]
        mean = {name: np.mean([f[name, most][0].area for f in fits.values()]) if fits else 0.0 for name in self.methods}
        name = max(mean, key=lambda method: mean[method])
        test = _rows.empty(parts.embeddings[parts.split], parts.asked)
        validation = _rows.empty(parts.held, parts.asked) if parts.held else None
        for (modality, concept), by_point in fits.items():
            for table, which in ((test, parts.split), (validation, "val")):
                if table is not None:
                    fill(table, modality, concept, partial(by_point[name, most][0].score, which))
        done = _rows.judged("few-shot", self.reader, manifest, parts, test, validation, self.seed, resamples)
        explain(done.result, left_out)
        points, lines = _points(curve, fits, resamples, self.seed)
        done.result["few_shot"] = {
            "features": "image vectors of unit length, frozen and not augmented"
            + ("; lora changes the image tower" if self.tower else ""),
            "settings": "chosen by AUROC on the validation rows"
            if parts.held
            else "fixed: there were no validation rows",
            "shots": "patients a class, one image each, drawn from train; nested within a draw",
            "draws": self.draws,
            "reported": {"method": name, "shots": most, "draw": 0},
            "questions": [{"modality": m, "concept": c} for m, c in fits],
            "left_out": left_out,
            "curve": points,
        }
        return Judged(done.result, test, validation, {"few_shot.csv": lines})


@dataclass(frozen=True)
class _Fit:
    """One fitted method: its score, its setting, and its AUROC on the validation rows (0 without any)."""

    score: Score
    setting: dict[str, float]
    area: float


def _choose(grid: Sequence[dict[str, float]], fit: Callable[..., Score], held: _rows.Known | None) -> _Fit:
    """The setting with the best validation AUROC, the earliest of equals."""
    if held is None:
        return _Fit(fit(**grid[0]), grid[0], 0.0)
    best: _Fit | None = None
    for setting in grid:
        score = fit(**setting)
        area = round(probe.area(score("val", held.row), held.y) or 0.0, 9)
        if best is None or area > best.area:
            best = _Fit(score, setting, area)
    assert best is not None, "a method has at least one setting"
    return best


def _points(
    curve: Curve, fits: "dict[Question, dict[Point, list[_Fit]]]", resamples: int, seed: int
) -> tuple[list[dict[str, Any]], dict[str, list[Any]]]:
    """The curve for metrics.json, and the line a method, number of shots, draw and question for few_shot.csv."""
    areas, intervals = curve.areas(), curve.intervals(resamples, seed)
    points = []
    lines: dict[str, list[Any]] = {
        k: [] for k in ("modality", "concept", "method", "shots", "draw", "auroc", "setting")
    }
    for (method, shots), found in areas.items():
        of = {"over": len(found), "draws": found.mean(axis=0).tolist()}
        points.append({"method": method, "shots": shots, "auroc": intervals[method, shots].json(), **of})
        for (modality, concept), by_draw in zip(curve.rankings[method, shots], found, strict=True):
            for draw, value in enumerate(by_draw.tolist()):
                setting = fits[modality, concept][method, shots][draw].setting
                told = ";".join(f"{name}={number:g}" for name, number in setting.items())
                for key, cell in zip(lines, (modality, concept, method, shots, draw, value, told), strict=True):
                    lines[key].append(cell)
    return points, lines
