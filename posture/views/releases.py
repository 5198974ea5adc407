"""Published releases as gap reports, with the numbers behind them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from posture.models import Release
from posture.queries import published_releases, visible_release
from posture.reports.gap import GapReport, gap_report
from posture.reports.receipt import receipt
from posture.views.tables import csv_response
from surveys.access import public
from surveys.cohorts import ALL

GAP_COLUMNS = (
    "pair", "label", "cohort", "statistic", "unit", "base", "value", "ci_low", "ci_high", "level", "method", "status",
)  # fmt: skip


@public("GET")
def releases(request: HttpRequest) -> HttpResponse:
    context = {"releases": published_releases(), "section": "releases"}
    return render(request, "posture/releases.html", context)


@public("GET")
def release(request: HttpRequest, slug: str) -> HttpResponse:
    found = _visible(request, slug)
    if found.status == Release.Status.WITHDRAWN:
        return _withdrawn(request, found)
    report = _report(request, found)
    template = "posture/gap_report.html" if report.pairs else "posture/indicator_report.html"
    return render(request, template, {"report": report, "release": found, "section": "releases"})


@public("GET")
def number(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The permanent address of one number, with everything that stands behind it."""
    found = _visible(request, slug)
    if found.status == Release.Status.WITHDRAWN:
        return _withdrawn(request, found)
    estimate = get_object_or_404(found.estimates, pk=pk)
    context = {"release": found, "estimate": estimate, "receipt": receipt(found, estimate)}
    return render(request, "posture/receipt.html", context | {"section": "releases"})


@public("GET")
def gaps_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that the charts of one cohort draw."""
    found = _visible(request, slug)
    if found.status == Release.Status.WITHDRAWN:
        raise Http404
    report = _report(request, found)
    labels = {view.pair.code: view.pair.label for view in report.pairs}
    rows = found.estimates.filter(cohort=report.cohort, subject_kind="pair", subject__in=labels)
    columns = [name for name in GAP_COLUMNS if name not in ("pair", "label", "cohort")]
    return csv_response(
        f"{slug}-gaps",
        GAP_COLUMNS,
        (
            [row.subject, labels[row.subject], row.cohort, *(getattr(row, name) for name in columns)]
            for row in rows
        ),
    )


@public("GET")
def indicators_csv(request: HttpRequest, slug: str) -> HttpResponse:
    found = _visible(request, slug)
    if found.status == Release.Status.WITHDRAWN:
        raise Http404
    report = _report(request, found)
    header = ("indicator", "label", "item", "cohort", "unit", "base", "value", "ci_low", "ci_high", "status",
              "benchmark", "published", "closeness", "grade", "comparison")  # fmt: skip
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
            one.ci_low,
            one.ci_high,
        ]
        for against in row.against or [None]:
            theirs: list[object] = [""] * 5
            if against is not None:
                benchmark = against.benchmark
                theirs = [
                    benchmark.code, benchmark.value, against.closeness, benchmark.grade, against.words,
                ]  # fmt: skip
            rows.append([*ours, one.status, *theirs])
    return csv_response(f"{slug}-indicators", header, rows)


def _withdrawn(request: HttpRequest, release: Release) -> HttpResponse:
    context = {"release": release, "section": "releases"}
    return render(request, "posture/withdrawn.html", context, status=410)


def _visible(request: HttpRequest, slug: str) -> Release:
    found = visible_release(slug, to=request.user)
    if found is None:
        raise Http404
    return found


def _report(request: HttpRequest, found: Release) -> GapReport:
    report = gap_report(
        found, cohort=request.GET.get("cohort") or ALL, section=request.GET.get("section", "")
    )
    if report is None:
        raise Http404
    return report
