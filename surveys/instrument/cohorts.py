"""The dimensions by which organisations are compared: sector, size band and region.

The values come from the sampling frame and are closed lists, so that cohorts are known before any organisation
answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ALL = "all"
NOT_STATED = "not-stated"
CROSSED = "+"
SMALL, UP_TO = "small-", "~"


@dataclass(frozen=True)
class Dimension:
    """A dimension of cohorts.

    With `is_ordered`, neighbouring values may be merged; otherwise, all small values are merged.
    """

    code: str
    title: str
    labels: dict[str, str]
    is_ordered: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.labels)

    @property
    def values(self) -> tuple[str, ...]:
        """Returns the codes and NOT_STATED: every value that an organisation can have."""
        return (*self.labels, NOT_STATED)

    def label(self, value: str) -> str:
        return f"{self.title} not stated" if value == NOT_STATED else self.labels[value]


DIMENSIONS = (
    Dimension(
        "sector",
        "Sector",
        {
            "financial-services": "Financial services",
            "healthcare": "Healthcare",
            "manufacturing": "Manufacturing",
            "telecommunications": "Telecommunications",
            "technology": "Technology or software",
            "retail": "Retail or consumer",
            "energy": "Energy or utilities",
            "public-sector": "Public sector",
            "education": "Education or research",
            "professional-services": "Professional services",
            "other": "Other",
        },
    ),
    Dimension(
        "size_band",
        "Size",
        {
            "1-49": "1 to 49 people",
            "50-249": "50 to 249 people",
            "250-999": "250 to 999 people",
            "1000-4999": "1,000 to 4,999 people",
            "5000-9999": "5,000 to 9,999 people",
            "10000-plus": "10,000 people or more",
        },
        is_ordered=True,
    ),
    Dimension(
        "region",
        "Region",
        {
            "europe": "Europe",
            "north-america": "North America",
            "latin-america": "Latin America",
            "middle-east-africa": "Middle East and Africa",
            "asia-pacific": "Asia and Pacific",
        },
    ),
)


def dimension(code: str) -> Dimension:
    return next(dimension for dimension in DIMENSIONS if dimension.code == code)


def crossed_title(dimensions: str) -> str:
    """Returns the words for crossed dimensions, such as "sector+size_band"."""
    return " by ".join(dimension(code).title.lower() for code in dimensions.split(CROSSED)).capitalize()


def choices(code: str) -> list[tuple[str, str]]:
    return list(dimension(code).labels.items())


def cohort_label(slug: str) -> str:
    """Returns the label of a cohort. Raises KeyError for an unknown slug."""
    if slug == ALL:
        return "All organisations"
    if CROSSED in slug:
        return ", ".join(cohort_label(part) for part in slug.split(CROSSED))
    code, _, value = slug.partition(":")
    dimension = {dimension.code: dimension for dimension in DIMENSIONS}[code]
    labels = [dimension.label(value) for value in cohort_values(slug)]
    return f"Small groups together: {', '.join(labels)}" if value.startswith(SMALL) else " or ".join(labels)


def merged_slug(dimension: Dimension, values: tuple[str, ...]) -> str:
    """Returns the slug of a merged cohort, which encodes its values. `values` are in the order of the dimension."""
    if len(values) == 1:
        return f"{dimension.code}:{values[0]}"
    if dimension.is_ordered:
        stated = [value for value in values if value != NOT_STATED]
        not_stated = [NOT_STATED] if NOT_STATED in values else []
        return f"{dimension.code}:{UP_TO.join([*dict.fromkeys((stated[0], stated[-1])), *not_stated])}"
    bits = sum(1 << dimension.values.index(value) for value in values)
    return f"{dimension.code}:{SMALL}{bits:x}"


def cohort_values(slug: str) -> tuple[str, ...]:
    """Returns the values of one dimension that a cohort merges. Raises KeyError for an unknown slug."""
    code, _, value = slug.partition(":")
    dimension = {dimension.code: dimension for dimension in DIMENSIONS}[code]
    if value.startswith(SMALL):
        bits = int(value.removeprefix(SMALL), 16)
        return tuple(code for position, code in enumerate(dimension.values) if bits >> position & 1)
    ends = value.split(UP_TO)
    stated = [dimension.values.index(end) for end in ends if end in dimension.codes]
    if len(stated) + ends.count(NOT_STATED) != len(ends):
        raise KeyError(value)
    between = dimension.codes[stated[0] : stated[-1] + 1] if stated else ()
    return (*between, *(end for end in ends if end == NOT_STATED))


def is_in_cohort(slug: str, dimension_code: str, value: str) -> bool:
    """Returns whether a value belongs to a cohort of one dimension."""
    is_single = CROSSED not in slug and slug.startswith(f"{dimension_code}:")
    return is_single and (value or NOT_STATED) in cohort_values(slug)


def merged_groups(dimension: Dimension, sizes: Mapping[str, int], smallest: int) -> list[tuple[str, ...]]:
    """Merges the values of a dimension into groups of at least `smallest` organisations.

    Merges depend on the sizes of the groups only. In ordered dimensions neighbours are merged, otherwise all small
    values. If all organisations together are fewer than `smallest`, they are one group.
    """
    values = [value for value in dimension.values if value in sizes]
    grouped = (
        _merge_neighbours(values, sizes, smallest)
        if dimension.is_ordered
        else _merge_small(values, sizes, smallest)
    )
    return sorted(grouped, key=lambda group: values.index(group[0]))


def _merge_neighbours(values: list[str], sizes: Mapping[str, int], smallest: int) -> list[tuple[str, ...]]:
    """Merges neighbours from the first value on. A small group at the end joins the group before it.

    Organisations without a stated value join the smallest group if they are fewer than `smallest`.
    """
    groups: list[list[str]] = [[]]
    for value in (value for value in values if value != NOT_STATED):
        if groups[-1] and sum(sizes[member] for member in groups[-1]) >= smallest:
            groups.append([])
        groups[-1].append(value)
    if len(groups) > 1 and sum(sizes[member] for member in groups[-1]) < smallest:
        groups[-2:] = [groups[-2] + groups[-1]]
    if NOT_STATED in values and sizes[NOT_STATED] >= smallest:
        groups.append([NOT_STATED])
    elif NOT_STATED in values:
        min(groups, key=lambda group: sum(sizes[member] for member in group)).append(NOT_STATED)
    return [tuple(group) for group in groups]


def _merge_small(values: list[str], sizes: Mapping[str, int], smallest: int) -> list[tuple[str, ...]]:
    """Merges all small values. If they are too few together, the smallest of the other values joins them."""
    small = [value for value in values if sizes[value] < smallest]
    large = [value for value in values if value not in small]
    if small and large and sum(sizes[value] for value in small) < smallest:
        smallest_large = min(large, key=lambda value: sizes[value])
        small, large = [*small, smallest_large], [value for value in large if value != smallest_large]
    merged = tuple(value for value in values if value in small)
    return [*((value,) for value in large), *([merged] if merged else [])]
