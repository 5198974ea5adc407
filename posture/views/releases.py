"""Gap reports of published releases, with the numbers behind them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from posture.analysis.estimates.item_bases import HIGHEST, HIGHEST_OF_ALL, LOWEST, LOWEST_OF_ALL
from posture.models import Pack, Release
from posture.models.number_address import whole
from posture.releases.queries import estimate_table, pack_of, published_releases, replacement_of
from posture.reports.conduct import conduct_of
from posture.reports.gap import GapReport, pair_labels
from posture.reports.report_cache import kept_report
from posture.views.release_access import visible_or_404, withdrawn
from posture.views.tables import csv_response
from surveys.instrument.cohorts import ALL
from surveys.web.access import public
from surveys.web.costly_requests import costly
from surveys.web.disk_space import requires_disk_space

POSSIBLE = (LOWEST, HIGHEST, LOWEST_OF_ALL, HIGHEST_OF_ALL)
GAP_COLUMNS = (
    "pair", "label", "cohort", "statistic", "unit", "base", "weighted_base", "effective_base",
    "design_effect", "value", "bound", "unweighted_value", "ci_low", "ci_high", "p_value", "level", "method",
    "status", "receipt",
)  # fmt: skip


@public("GET")
def releases(request: HttpRequest) -> HttpResponse:
    context = {"releases": published_releases(), "section": "releases"}
    return render(request, "posture/releases.html", context)


@public("GET")
@costly()
def release(request: HttpRequest, slug: str) -> HttpResponse:
    found = visible_or_404(request, slug)
    if found.status == Release.Status.WITHDRAWN:
        later = replacement_of(found)
        return withdrawn(request, found, now_at=later.get_absolute_url() if later else "")
    report = _report(request, found)
    template = "posture/gap_report.html" if report.pairs else "posture/indicator_report.html"
    context = {"report": report, "release": found, "pack": pack_of(found), "section": "releases"}
    context["conduct"] = conduct_of(found)
    return render(request, template, context)


@public("GET")
@requires_disk_space
def pack(request: HttpRequest, slug: str) -> HttpResponse:
    """Returns the pack of the release as a zip file."""
    found = visible_or_404(request, slug)
    if found.status == Release.Status.WITHDRAWN:
        return withdrawn(request, found)
    kept = get_object_or_404(Pack, release=found)
    response = HttpResponse(bytes(kept.content), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{slug}.zip"'
    return response


@public("GET")
@costly()
@requires_disk_space
def gaps_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Returns all data that the charts of one cohort draw."""
    found = visible_or_404(request, slug)
    if found.status == Release.Status.WITHDRAWN:
        raise Http404
    cohort, section = _part(request)
    labels = pair_labels(found, cohort=cohort, section=section)
    if labels is None:
        raise Http404
    rows = found.estimates.filter(cohort=cohort, subject_kind="pair", subject__in=labels)
    columns = GAP_COLUMNS[3:-1]
    return csv_response(
        f"{slug}-gaps",
        GAP_COLUMNS,
        (
            [
                row.subject,
                labels[row.subject],
                row.cohort,
                *(getattr(row, name) for name in columns),
                whole(row.get_absolute_url()),
            ]
            for row in rows
        ),
    )


@public("GET")
@costly()
@requires_disk_space
def indicators_csv(request: HttpRequest, slug: str) -> HttpResponse:
    found = visible_or_404(request, slug)
    if found.status == Release.Status.WITHDRAWN:
        raise Http404
    report = _report(request, found)
    header = ("indicator", "label", "item", "cohort", "unit", "base", "value", "bound", "ci_low", "ci_high",
              *POSSIBLE, "status", "benchmark", "published", "closeness", "grade", "comparison", "receipt")  # fmt: skip
    limits = estimate_table(found, report.cohort, subject_kind="indicator", statistic__in=POSSIBLE)
    rows = []
    for row in report.indicators:
        one = row.estimate
        ours = [
            row.code,
            row.label,
            row.item,
            one.cohort,
            one.unit,
            one.base,
            one.value,
            one.bound,
            one.ci_low,
            one.ci_high,
            *(limits.rows[name].value if name in limits.rows else None for name in _named(row.code)),
        ]
        for against in row.against or [None]:
            theirs: list[object] = [""] * 5
            if against is not None:
                benchmark = against.benchmark
                theirs = [
                    benchmark.code, benchmark.value, against.closeness, benchmark.grade, against.words,
                ]  # fmt: skip
            rows.append([*ours, one.status, *theirs, whole(one.get_absolute_url())])
    return csv_response(f"{slug}-indicators", header, rows)


def _named(indicator: str) -> list[tuple[str, str, str, str]]:
    return [("indicator", indicator, statistic, "") for statistic in POSSIBLE]


def _report(request: HttpRequest, found: Release) -> GapReport:
    cohort, section = _part(request)
    report = kept_report(found, cohort=cohort, section=section)
    if report is None:
        raise Http404
    return report


def _part(request: HttpRequest) -> tuple[str, str]:
    """Returns the requested cohort and section; "" for all sections."""
    return request.GET.get("cohort") or ALL, request.GET.get("section", "")
