"""Benchmark pages: every published figure with its source, and the range of the figures about one object."""

from textwrap import shorten

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from posture.charts.shares import ShareRow, ShareSeries, dots
from posture.definitions.benchmarks import GRADES
from posture.models import Benchmark
from posture.releases.queries import family
from posture.reports.framework_pages import clause_links
from posture.reports.wording import arithmetic_text, benchmark_value
from posture.views.tables import csv_response
from surveys.web.access import public
from surveys.web.disk_space import requires_disk_space

SPREAD = "incident-prevalence"
LABEL_LENGTH = 44
COLUMNS = (
    "code", "value", "relation", "unit", "wording", "base", "n", "n_smallest", "n_note", "population", "fieldwork",
    "publisher",
    "publication", "published", "url", "url_note", "grade", "disputed", "remark", "superseded_by",
)  # fmt: skip


@public("GET")
def benchmarks(request: HttpRequest) -> HttpResponse:
    search_text, grade = request.GET.get("q", "").strip()[:100], request.GET.get("grade", "")
    rows = Benchmark.objects.order_by("publisher", "publication", "position")
    if search_text:
        rows = rows.filter(wording__icontains=search_text) | rows.filter(publisher__icontains=search_text)
    if grade in GRADES:
        rows = rows.filter(grade=grade)
    spread = list(family(SPREAD))
    context = {
        "benchmarks": rows,
        "spread": spread,
        "spread_spec": _spread_chart(spread),
        "grades": GRADES,
        "words": search_text,
        "grade": grade,
        "section": "benchmarks",
    }
    return render(request, "posture/benchmarks.html", context)


@public("GET")
def benchmark(request: HttpRequest, code: str) -> HttpResponse:
    figure = get_object_or_404(Benchmark, code=code)
    context = {
        "benchmark": figure,
        "arithmetic": arithmetic_text(figure),
        "grade_words": GRADES[figure.grade],
        "clauses": clause_links(code),
        "later": Benchmark.objects.filter(code=figure.superseded_by).first(),
        "others": family(figure.family).exclude(code=code) if figure.family else [],
        "section": "benchmarks",
    }
    return render(request, "posture/benchmark.html", context)


@public("GET")
@requires_disk_space
def benchmarks_csv(request: HttpRequest) -> HttpResponse:
    return csv_response("benchmarks", COLUMNS, Benchmark.objects.values_list(*COLUMNS))


def _spread_chart(rows: list[Benchmark]) -> dict[str, object]:
    shares = [
        ShareRow(
            f"{benchmark_value(row)}  {shorten(row.counts, LABEL_LENGTH, placeholder=' …')}",
            (float(row.value),),
            (f"{benchmark_value(row)}, {row.code}",),
            (row.get_absolute_url(),),
        )
        for row in rows
    ]
    return dots(shares, [ShareSeries("Published", "--published")], x_title=_("Percent of whoever was asked"))
