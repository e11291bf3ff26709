"""Degree and place stand with the statement."""

import pytest

from mmfundus.knowledge.captions.rules import extract


@pytest.mark.parametrize(
    ("note", "location", "severity"),
    [
        ("OD mild inf temp BRVO", "inferior temporal", "mild"),
        ("OD 2+ ERM", "", "2+"),
        ("BRVO OD inferotemporal", "inferotemporal", ""),
        ("OD BRVO", "", ""),
    ],
)
def test_facets(note: str, location: str, severity: str) -> None:
    (statement,) = extract(note).statements
    assert (statement.location, statement.severity) == (location, severity)
