"""Fit a circle to the outline of a mask, whatever of the outline is cut off, shadowed or wrong."""

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float

NEAR = 2.0  # pixels of the mask within which an outline point lies on a circle


@dataclass(frozen=True, slots=True)
class Circle:
    """A round field of view; it may reach beyond the picture."""

    x: float
    y: float
    radius: float


def fit(mask: Bool[np.ndarray, "p q"]) -> Circle | None:
    """The circle that most of the mask's outline lies on, or None where no circle explains it.

    Every three of 20 outline points propose a circle, the one nearest to most points wins
    (RANSAC without chance), and least squares over those points (Kåsa 1976) finish it.
    Where the picture's own border cuts the field, the outline says nothing and is left out.
    """
    points = _outline_points(mask)
    height, width = mask.shape
    if len(points) < 40:
        return None
    chosen = points[np.linspace(0, len(points) - 1, 20).astype(int)]
    x, y, radius = _circles_through(chosen[np.array(list(combinations(range(20), 3)))])
    fits = (radius > 0.2 * min(height, width)) & (radius < 0.75 * math.hypot(height, width))
    if not fits.any():
        return None
    x, y, radius = x[fits], y[fits], radius[fits]
    sparse = points[:: max(1, len(points) // 150)]
    near = _distance(sparse, x, y, radius) < NEAR
    best = int(near.sum(axis=0).argmax())
    for _ in range(3):
        close = (_distance(points, x[best], y[best], radius[best]) < NEAR)[:, 0]
        x, y, radius = (np.array([value]) for value in _least_squares(points[close]))
        best = 0
    circle = Circle(float(x[0]), float(y[0]), float(radius[0]))
    return circle if _explains(circle, mask, points, close) else None


def _explains(
    circle: Circle,
    mask: Bool[np.ndarray, "p q"],
    points: Float[np.ndarray, "n 2"],
    close: Bool[np.ndarray, " n"],
) -> bool:
    """A circle stands for the field if it holds the field, and outline and area both say so."""
    rows, columns = np.indices(mask.shape)
    inside = np.hypot(columns + 0.5 - circle.x, rows + 0.5 - circle.y) <= circle.radius * 1.02
    angles = np.degrees(np.arctan2(points[close, 1] - circle.y, points[close, 0] - circle.x))
    arc = len(np.unique(angles // 10)) * 10  # degrees of the circle with outline on them
    held = float((mask & inside).sum()) / float(mask.sum())
    covered = float((mask & inside).sum()) / float(inside.sum())
    return arc >= 90 and held > 0.97 and covered > 0.5 and float(close.mean()) > 0.6


def _outline_points(mask: Bool[np.ndarray, "p q"]) -> Float[np.ndarray, "n 2"]:
    """Outermost edges of each row and column in order around the middle, without those on the picture's border."""
    found = []
    for part, flip in ((mask, False), (mask.T, True)):
        lines = np.flatnonzero(part.any(axis=1))
        first = part[lines].argmax(axis=1)
        last = part.shape[1] - part[lines, ::-1].argmax(axis=1)
        for edge in (first, last):
            inner = (edge > 1) & (edge < part.shape[1] - 1) & (lines > 0) & (lines < part.shape[0] - 1)
            pairs = np.stack([edge[inner].astype(float), lines[inner] + 0.5], axis=1)
            found.append(pairs[:, ::-1] if flip else pairs)
    points = np.concatenate(found)
    middle = points.mean(axis=0) if len(points) else 0.0
    around = np.arctan2(*(points - middle).T)
    return points[np.argsort(around, kind="stable")]


def _circles_through(triples: Float[np.ndarray, "t 3 2"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre and radius of the circle through each three points; infinite where they are in line."""
    (ax, ay), (bx, by), (cx, cy) = (triples[:, i].T for i in range(3))
    bx, by, cx, cy = bx - ax, by - ay, cx - ax, cy - ay
    double = 2 * (bx * cy - by * cx)
    double = np.where(np.abs(double) < 1e-6, np.nan, double)
    x = (cy * (bx**2 + by**2) - by * (cx**2 + cy**2)) / double
    y = (bx * (cx**2 + cy**2) - cx * (bx**2 + by**2)) / double
    radius = np.nan_to_num(np.hypot(x, y), nan=np.inf)
    return x + ax, y + ay, radius


def _distance(
    points: Float[np.ndarray, "n 2"], x: np.ndarray | float, y: np.ndarray | float, radius: np.ndarray | float
) -> Float[np.ndarray, "n t"]:
    return np.abs(np.hypot(points[:, :1] - x, points[:, 1:] - y) - radius)


def _least_squares(points: Float[np.ndarray, "n 2"]) -> tuple[float, float, float]:
    """Algebraic least-squares circle: 2ax + 2by + c = x² + y²."""
    system = np.column_stack([2 * points, np.ones(len(points))])
    a, b, c = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    return float(a), float(b), math.sqrt(max(0.0, float(c + a * a + b * b)))
