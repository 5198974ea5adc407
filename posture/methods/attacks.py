"""Lists the disclosures that free filters allow although every answer is based on at least k organisations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

DOMINANT_SHARE = 0.5
ANY = None

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Organization:
    name: str
    dimensions: Mapping[str, str]
    answers: Mapping[str, int]
    respondents: int
    joined_wave: int


@dataclass(frozen=True)
class Split:
    """A total and its parts by one dimension: those shown, and those withheld, whose sum follows from them."""

    total: Query
    by: str
    shown: tuple[str, ...]
    held_back: tuple[str, ...]
    together: int


class Filters:
    """Every filter by any combination of the dimensions, also by none, with the organisations that it selects."""

    def __init__(
        self, organizations: Sequence[Organization], values: Mapping[str, Sequence[str]], k: int
    ) -> None:
        self.organizations = {one.name: one for one in organizations}
        self.values, self.k = values, k
        self.members = {query: self._select(query) for query in self._queries()}
        self.allowed = {query: found for query, found in self.members.items() if len(found) >= k}

    def _queries(self) -> Iterator[Query]:
        for chosen in product(*((ANY, *values) for values in self.values.values())):
            query = tuple(
                (name, value) for name, value in zip(self.values, chosen, strict=True) if value is not ANY
            )
            yield query

    def _select(self, query: Query) -> frozenset[str]:
        return frozenset(
            name
            for name, one in self.organizations.items()
            if all(one.dimensions[dimension] == value for dimension, value in query)
        )

    def nested_pairs(self) -> Iterator[tuple[Query, Query]]:
        """Two allowed filters, one inside the other, that differ by fewer than k organisations."""
        for outer, everybody in self.allowed.items():
            for inner, some in self.allowed.items():
                if some < everybody and len(everybody - some) < self.k:
                    yield outer, inner

    def splits(self) -> Iterator[Split]:
        """Totals whose allowed parts leave fewer than k organisations."""
        for total in self.allowed:
            for by in self.values:
                if by in dict(total):
                    continue
                sizes = {value: len(self._part(total, by, value)) for value in self.values[by]}
                shown = tuple(value for value, size in sizes.items() if size >= self.k)
                held_back = tuple(value for value, size in sizes.items() if 0 < size < self.k)
                together = sum(sizes[value] for value in held_back)
                if shown and 0 < together < self.k:
                    yield Split(total, by, shown, held_back, together)

    def _part(self, total: Query, by: str, value: str) -> frozenset[str]:
        return frozenset(
            name for name in self.members[total] if self.organizations[name].dimensions[by] == value
        )

    def uniform(self) -> Iterator[tuple[Query, str, int]]:
        """Allowed filters in which all organisations gave the same answer."""
        for query, members in self.allowed.items():
            for question in next(iter(self.organizations.values())).answers:
                given = {self.organizations[name].answers[question] for name in members}
                if len(given) == 1:
                    yield query, question, given.pop()

    def dominated(self) -> Iterator[tuple[Query, int, float]]:
        """Filters in which one organisation has more than half of the respondents: query, respondents, its share."""
        for query, members in self.allowed.items():
            sizes = [self.organizations[name].respondents for name in members]
            if max(sizes) / sum(sizes) > DOMINANT_SHARE:
                yield query, sum(sizes), max(sizes) / sum(sizes)

    def changes_to_date(self) -> Iterator[tuple[Query, int, int]]:
        """Filters allowed after the first wave and to date, with fewer than k organisations between: query, then,
        now."""
        for query, members in self.allowed.items():
            then = sum(self.organizations[name].joined_wave == 1 for name in members)
            if then >= self.k and 0 < len(members) - then < self.k:
                yield query, then, len(members)
