"""What organisations are compared by. The values come from the sampling frame and are closed lists, so that
membership of a cohort is known before anybody answers."""

from dataclasses import dataclass

ALL = "all"
NOT_STATED = "not-stated"
CROSSED = "+"


@dataclass(frozen=True)
class Dimension:
    code: str
    title: str
    labels: dict[str, str]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.labels)


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
    return next(known for known in DIMENSIONS if known.code == code)


def crossed_words(dimensions: str) -> str:
    """The words for crossed dimensions, such as "sector+size_band"."""
    return " by ".join(dimension(code).title.lower() for code in dimensions.split(CROSSED)).capitalize()


def choices(code: str) -> list[tuple[str, str]]:
    return list(dimension(code).labels.items())


def cohort_slug(dimension_code: str, value: str) -> str:
    return f"{dimension_code}:{value or NOT_STATED}"


def cohort_label(slug: str) -> str:
    """The words for a cohort, crossed ones part by part. Raises KeyError for a slug that no dimension knows."""
    if slug == ALL:
        return "All organisations"
    if CROSSED in slug:
        return ", ".join(cohort_label(part) for part in slug.split(CROSSED))
    code, _, value = slug.partition(":")
    known = {known.code: known for known in DIMENSIONS}[code]
    return f"{known.title} not stated" if value == NOT_STATED else known.labels[value]
