"""What follows from what: parents upwards, absence downwards, grades that exclude each other.

Only what holds by definition. Nothing is ever concluded from what was merely not said, and
no number of absent diseases makes an eye normal.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from mmfundus.errors import UnknownName, WorkError
from mmfundus.knowledge.blocks import Concept

NORMAL = "normal"


class Relations:
    """Ancestors, descendants and exclusions of every concept."""

    def __init__(self, concepts: Mapping[str, Concept], exclusions: Iterable[tuple[str, str]]) -> None:
        for concept in concepts.values():
            for parent in concept.parents:
                if parent not in concepts:
                    raise WorkError(f"The concept {concept.id!r} names the parent {parent!r}, which does not exist.")
        self._concepts = concepts
        self.above = {name: frozenset(self._climb(name, (name,))) for name in concepts}
        self.below = {name: frozenset(c for c in concepts if name in self.above[c]) for name in concepts}
        self._abnormal = frozenset(name for name in concepts if concepts[name].abnormal)
        if NORMAL in concepts:
            for name in sorted(self.above[NORMAL] & self._abnormal):
                raise WorkError(f"{NORMAL!r} is a child of {name!r}, which cannot stand beside it.")
        self._check_abnormal()
        # What an own exclusion or that of any ancestor denies, not yet spread to descendants.
        own: dict[str, set[str]] = {name: set() for name in concepts}
        for a, b in exclusions:
            self._check_exclusive(a, b)
            own[a].add(b)
        self._denied = {name: frozenset().union(*(own[up] for up in self.above[name])) for name in concepts}

    def implied(self, present: Iterable[str], absent: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """All that is present and all that is absent, given what was stated."""
        up = frozenset().union(*(self._lookup(self.above, name) for name in present))
        denied = frozenset(absent).union(*(self._denied[name] for name in up))
        down = frozenset().union(*(self._lookup(self.below, name) for name in denied))
        if NORMAL in up:
            down |= self._abnormal
        if up & self._abnormal and NORMAL in self._concepts:
            down |= {NORMAL}
        return up, down

    def conflict(self, present: Collection[str], absent: Collection[str]) -> str:
        """Why the two sets cannot both hold, as a clause; empty where they can."""
        for name in present:
            if NORMAL in present and name != NORMAL and self._concepts[name].abnormal:
                return f"{NORMAL!r} and {name!r} are both present"
            for denied in absent:
                if denied == name:
                    return f"{name!r} is both present and absent"
                if denied in self.above[name]:
                    return f"{name!r} is present, which implies {denied!r}, but {denied!r} is absent"
            for other in present:
                if self.above[other] & self._denied[name]:
                    return f"{name!r} and {other!r} are both present, of which an eye has only one"
        return ""

    def related(self, first: str, second: str) -> bool:
        """Whether both can hold of one eye by definition: one is the other's ancestor, or they share a descendant."""
        return bool(self._lookup(self.below, first) & self._lookup(self.below, second))

    def excluded(self, name: str) -> frozenset[str]:
        """Concepts that the presence of this one denies, `normal` aside."""
        return frozenset().union(*(self.below[denied] for denied in self._lookup(self._denied, name)))

    def _lookup(self, relation: Mapping[str, frozenset[str]], name: str) -> frozenset[str]:
        if name not in relation:
            raise UnknownName("concept", name, relation)
        return relation[name]

    def _climb(self, name: str, path: tuple[str, ...]) -> Iterator[str]:
        yield name
        for parent in self._concepts[name].parents:
            if parent in path:
                raise WorkError(f"The concepts {' -> '.join((*path, parent))} are each other's parents.")
            yield from self._climb(parent, (*path, parent))

    def _check_abnormal(self) -> None:
        for name, concept in self._concepts.items():
            for up in sorted(self.above[name] & self._abnormal):
                if not concept.abnormal:
                    raise WorkError(f"{name!r} can stand beside {NORMAL!r}, but its parent {up!r} cannot.")

    def _check_exclusive(self, a: str, b: str) -> None:
        for one, other in ((a, b), (b, a)):
            if other in self.above[one]:
                raise WorkError(f"{a!r} and {b!r} exclude each other, but {one!r} is always {other!r} as well.")
        for shared in sorted(self.below[a] & self.below[b]):
            raise WorkError(f"{a!r} and {b!r} exclude each other, but {shared!r} would be both.")
