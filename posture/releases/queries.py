"""Queries of the answering side: visible releases, their estimates and comparisons, and benchmarks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from posture.models import (
    Benchmark,
    Comparison,
    Document,
    Estimate,
    OrganizationStanding,
    Pack,
    QuotedBenchmark,
    Release,
    TargetSet,
)


def published_releases() -> QuerySet[Release]:
    """Returns published releases, those of the newest wave first, independent of their date of publication."""
    rows = Release.objects.filter(status=Release.Status.PUBLISHED).order_by(
        "-wave__opens_at", "-published_at"
    )
    return rows.select_related("wave__questionnaire", "targets", "follows")


def visible_release(slug: str, *, reader: Any) -> Release | None:
    """Returns the release if the reader may see it: published and withdrawn ones for all readers, drafts for
    analysts."""
    release = Release.objects.filter(slug=slug).order_by().first()
    if release is None or release.is_public:
        return release
    return release if release.is_complete and getattr(reader, "is_staff", False) else None


def published_releases_of_questionnaire(slug: str) -> QuerySet[Release]:
    """Returns the published releases of a questionnaire, in any of its versions."""
    return published_releases().filter(wave__questionnaire__slug=slug)


def latest_release_of(questionnaire: str) -> Release | None:
    return published_releases_of_questionnaire(questionnaire).first()


def replacement_of(release: Release) -> Release | None:
    """Returns the published release at the end of the chain of replacements of this one."""
    replacement = Release.objects.filter(replaces=release).first()
    while replacement is not None and replacement.status == Release.Status.WITHDRAWN:
        replacement = Release.objects.filter(replaces=replacement).first()
    return replacement if replacement is not None and replacement.status == Release.Status.PUBLISHED else None


def pack_of(release: Release) -> Pack | None:
    """Returns the pack without its content; None for a release from before packs existed."""
    return Pack.objects.filter(release=release).defer("content").first()


def documents_of(release: Release, cohort: str) -> list[Document]:
    """Returns the documents of a cohort without their content."""
    return list(Document.objects.filter(release=release, cohort=cohort).defer("content"))


def published_release_of(wave_id: int) -> Release | None:
    return published_releases().filter(wave_id=wave_id).first()


def standings_of(release: Release, organization_id: int) -> dict[str, OrganizationStanding]:
    """Returns the standings of one organisation, for its members only."""
    rows = OrganizationStanding.objects.filter(release=release, organization_id=organization_id)
    return {row.subject: row for row in rows}


@dataclass(frozen=True)
class EstimateTable:
    """The estimates of one cohort, found by kind, subject, statistic and option."""

    rows: dict[tuple[str, str, str, str], Estimate]

    def row(self, kind: str, subject: str, statistic: str, option: str = "") -> Estimate | None:
        return self.rows.get((kind, subject, statistic, option))


def estimate_table(release: Release, cohort: str, **filters: Any) -> EstimateTable:
    """Returns the estimates of one cohort. `filters`: filters on their columns, such as subject_kind="indicator"."""
    rows = release.estimates.filter(cohort=cohort, **filters)
    return EstimateTable({(row.subject_kind, row.subject, row.statistic, row.option): row for row in rows})


@dataclass(frozen=True)
class ComparisonTable:
    """The comparisons of one cohort, in the order of their computation."""

    rows: list[Comparison]

    def of(self, compared_with: str, kind: str, subject: str) -> list[Comparison]:
        """Returns the comparisons of one number: several with benchmarks, otherwise at most one."""
        key = (compared_with, kind, subject)
        return [row for row in self.rows if (row.compared_with, row.subject_kind, row.subject) == key]

    def clear_pairs(self, verdict: str) -> frozenset[str]:
        """Returns the pairs whose gap is clearly above zero ("higher") or below it ("lower"), after correction for all
        gaps of the cohort."""
        return frozenset(
            row.subject for row in self.rows if (row.compared_with, row.verdict) == ("zero", verdict)
        )

    def family_size(self, compared_with: str) -> int:
        """Returns the number of comparisons that were tested together."""
        return next((row.family_size for row in self.rows if row.compared_with == compared_with), 0)


def comparison_table(release: Release, cohort: str, **filters: Any) -> ComparisonTable:
    """Returns the comparisons of one cohort. `filters`: filters on their columns, such as
    compared_with="benchmark"."""
    rows = release.comparisons.filter(cohort=cohort, **filters)
    return ComparisonTable(list(rows.select_related("benchmark").order_by("id")))


def quoted_benchmarks(release: Release) -> dict[str, QuotedBenchmark]:
    """Returns the benchmarks by code, as they were when the comparisons of the release were computed."""
    return {row.code: row for row in QuotedBenchmark.objects.filter(release=release)}


def cohorts_of(release: Release) -> list[str]:
    """Returns the cohorts with published numbers in the order of their computation: all, then the dimensions."""
    rows = (
        release.estimates.filter(status=Estimate.Status.PUBLISHED)
        .order_by("id")
        .values_list("cohort", flat=True)
    )
    return list(dict.fromkeys(rows))


def benchmarks_by_code(codes: Iterable[str]) -> dict[str, Benchmark]:
    return {row.code: row for row in Benchmark.objects.filter(code__in=list(codes))}


def family(name: str) -> QuerySet[Benchmark]:
    return Benchmark.objects.filter(family=name).order_by("-value", "code")


def may_see_targets(targets: TargetSet, *, user: Any) -> bool:
    """Returns whether the reader may see the targets. Reviewed files are public; an upload is public from the moment
    that a public release uses it."""
    if targets.uploaded_by_id is None or getattr(user, "is_staff", False):
        return True
    public = (Release.Status.PUBLISHED, Release.Status.WITHDRAWN)
    return targets.releases.filter(status__in=public).exists()
