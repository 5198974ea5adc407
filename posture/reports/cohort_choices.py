"""The cohorts of a release as choices of a reader: grouped by dimension, each with its base."""

from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q

from posture.models import Estimate, Release
from surveys.instrument.cohorts import ALL, CROSSED, cohort_label, crossed_title, dimension


@dataclass(frozen=True)
class CohortChoice:
    """base: the largest published base of its items; None if there is none. has_gaps: whether it has a published
    gap."""

    slug: str
    label: str
    base: int | None
    has_gaps: bool


@dataclass(frozen=True)
class CohortGroup:
    """heading: empty for all organisations."""

    heading: str
    choices: tuple[CohortChoice, ...]


def cohort_groups(release: Release) -> list[CohortGroup]:
    """Returns the cohorts with published numbers in the order of their computation: all, then each dimension."""
    rows = (
        release.estimates.filter(status=Estimate.Status.PUBLISHED)
        .values("cohort")
        .annotate(
            base=Max("base", filter=Q(subject_kind="item", statistic="share")),
            gaps=Count("pk", filter=Q(subject_kind="pair", statistic="gap")),
            first=Min("pk"),
        )
        .order_by("first")
    )
    groups: dict[str, list[CohortChoice]] = {}
    for row in rows:
        slug = row["cohort"]
        base = release.organizations if slug == ALL else row["base"]
        choice = CohortChoice(slug, cohort_label(slug), base, bool(row["gaps"]))
        groups.setdefault(_heading(slug), []).append(choice)
    return [CohortGroup(heading, tuple(choices)) for heading, choices in groups.items()]


def _heading(slug: str) -> str:
    if slug == ALL:
        return ""
    if CROSSED in slug:
        return crossed_title(CROSSED.join(part.partition(":")[0] for part in slug.split(CROSSED)))
    return dimension(slug.partition(":")[0]).title


def slugs_of(groups: list[CohortGroup]) -> list[str]:
    return [choice.slug for group in groups for choice in group.choices]
