"""Gap reports of published releases, with the numbers behind them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from posture.analysis.estimates.item_bases import HIGHEST, HIGHEST_OF_ALL, LOWEST, LOWEST_OF_ALL
from posture.models import Pack, Release
from posture.models.number_address import absolute_address
from posture.releases.queries import estimate_table, published_releases
from posture.reports.gap import GapReport, gap_report, pair_labels
from posture.views.release_access import cohort_and_topic, visible_or_404, withdrawn
from posture.views.tables import csv_response
from surveys.web.access import public
from surveys.web.costly_requests import costly
from surveys.web.disk_space import requires_disk_space

POSSIBLE_STATISTICS = (LOWEST, HIGHEST, LOWEST_OF_ALL, HIGHEST_OF_ALL)
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
@requires_disk_space
def pack(request: HttpRequest, slug: str) -> HttpResponse:
    """Returns the pack of the release as a zip file."""
    selected = visible_or_404(request, slug)
    if selected.status == Release.Status.WITHDRAWN:
        return withdrawn(request, selected)
    stored_pack = get_object_or_404(Pack, release=selected)
    response = HttpResponse(bytes(stored_pack.content), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{slug}.zip"'
    return response


@public("GET")
@costly()
@requires_disk_space
def gaps_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Returns all data that the charts of one cohort draw."""
    selected = visible_or_404(request, slug)
    if selected.status == Release.Status.WITHDRAWN:
        raise Http404
    cohort, topic = cohort_and_topic(request)
    labels = pair_labels(selected, cohort=cohort, topic=topic)
    if labels is None:
        raise Http404
    rows = selected.estimates.filter(cohort=cohort, subject_kind="pair", subject__in=labels)
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
                absolute_address(row.get_absolute_url()),
            ]
            for row in rows
        ),
    )


@public("GET")
@costly()
@requires_disk_space
def indicators_csv(request: HttpRequest, slug: str) -> HttpResponse:
    selected = visible_or_404(request, slug)
    if selected.status == Release.Status.WITHDRAWN:
        raise Http404
    report = _report(request, selected)
    header = ("indicator", "label", "item", "cohort", "unit", "base", "value", "bound", "ci_low", "ci_high",
              *POSSIBLE_STATISTICS, "status", "benchmark", "published", "closeness", "grade", "comparison",
              "receipt")  # fmt: skip
    possible_values = estimate_table(
        selected, report.cohort, subject_kind="indicator", statistic__in=POSSIBLE_STATISTICS
    )
    rows = []
    for row in report.indicators:
        estimate = row.estimate
        release_cells = [
            row.code,
            row.label,
            row.item,
            estimate.cohort,
            estimate.unit,
            estimate.base,
            estimate.value,
            estimate.bound,
            estimate.ci_low,
            estimate.ci_high,
            *(
                possible_values.rows[name].value if name in possible_values.rows else None
                for name in _possible_keys(row.code)
            ),
        ]
        for comparison in row.comparisons or [None]:
            benchmark_cells: list[object] = [""] * 5
            if comparison is not None:
                benchmark = comparison.benchmark
                benchmark_cells = [
                    benchmark.code, benchmark.value, comparison.closeness, benchmark.grade, comparison.verdict_text,
                ]  # fmt: skip
            rows.append(
                [
                    *release_cells,
                    estimate.status,
                    *benchmark_cells,
                    absolute_address(estimate.get_absolute_url()),
                ]
            )
    return csv_response(f"{slug}-indicators", header, rows)


def _possible_keys(indicator: str) -> list[tuple[str, str, str, str]]:
    return [("indicator", indicator, statistic, "") for statistic in POSSIBLE_STATISTICS]


def _report(request: HttpRequest, release: Release) -> GapReport:
    cohort, topic = cohort_and_topic(request)
    report = gap_report(release, cohort=cohort, topic=topic)
    if report is None:
        raise Http404
    return report
