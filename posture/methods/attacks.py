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
class PartialBreakdown:
    """A total and its parts by one dimension: those shown, and those withheld, whose sum follows from them."""

    total: Query
    by: str
    published: tuple[str, ...]
    withheld: tuple[str, ...]
    withheld_size: int


class Filters:
    """Every filter by any combination of the dimensions, also by none, with the organisations that it selects."""

    def __init__(
        self, organizations: Sequence[Organization], values: Mapping[str, Sequence[str]], k: int
    ) -> None:
        self.organizations = {organization.name: organization for organization in organizations}
        self.values, self.k = values, k
        self.members = {query: self._select(query) for query in self._queries()}
        self.allowed = {query: selected for query, selected in self.members.items() if len(selected) >= k}

    def _queries(self) -> Iterator[Query]:
        for combination in product(*((ANY, *values) for values in self.values.values())):
            query = tuple(
                (name, value)
                for name, value in zip(self.values, combination, strict=True)
                if value is not ANY
            )
            yield query

    def _select(self, query: Query) -> frozenset[str]:
        return frozenset(
            name
            for name, organization in self.organizations.items()
            if all(organization.dimensions[dimension] == value for dimension, value in query)
        )

    def nested_pairs(self) -> Iterator[tuple[Query, Query]]:
        """Two allowed filters, one inside the other, that differ by fewer than k organisations."""
        for outer, outer_members in self.allowed.items():
            for inner, inner_members in self.allowed.items():
                if inner_members < outer_members and len(outer_members - inner_members) < self.k:
                    yield outer, inner

    def splits(self) -> Iterator[PartialBreakdown]:
        """Totals whose allowed parts leave fewer than k organisations."""
        for total in self.allowed:
            for by in self.values:
                if by in dict(total):
                    continue
                sizes = {value: len(self._part(total, by, value)) for value in self.values[by]}
                published = tuple(value for value, size in sizes.items() if size >= self.k)
                withheld = tuple(value for value, size in sizes.items() if 0 < size < self.k)
                withheld_size = sum(sizes[value] for value in withheld)
                if published and 0 < withheld_size < self.k:
                    yield PartialBreakdown(total, by, published, withheld, withheld_size)

    def _part(self, total: Query, by: str, value: str) -> frozenset[str]:
        return frozenset(
            name for name in self.members[total] if self.organizations[name].dimensions[by] == value
        )

    def uniform(self) -> Iterator[tuple[Query, str, int]]:
        """Allowed filters in which all organisations gave the same answer."""
        for query, members in self.allowed.items():
            for question in next(iter(self.organizations.values())).answers:
                answers = {self.organizations[name].answers[question] for name in members}
                if len(answers) == 1:
                    yield query, question, answers.pop()

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
            first_wave_count = sum(self.organizations[name].joined_wave == 1 for name in members)
            if first_wave_count >= self.k and 0 < len(members) - first_wave_count < self.k:
                yield query, first_wave_count, len(members)
