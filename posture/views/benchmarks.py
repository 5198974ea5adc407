"""Benchmark pages: every published figure with its source, and the range of the figures about one object."""

from textwrap import shorten

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from posture.charts.shares import Part, ShareRow, dots
from posture.definitions.benchmarks import GRADES
from posture.models import Benchmark
from posture.releases.queries import family
from posture.reports.framework_pages import clause_links
from posture.reports.wording import arithmetic_words, benchmark_value
from posture.views.tables import csv_response
from surveys.web.access import public
from surveys.web.disk_space import needs_room

SPREAD = "incident-prevalence"
LABEL_LENGTH = 44
COLUMNS = (
    "code", "value", "relation", "unit", "wording", "base", "n", "n_smallest", "n_note", "population", "fieldwork",
    "publisher",
    "publication", "published", "url", "url_note", "grade", "disputed", "remark", "superseded_by",
)  # fmt: skip


@public("GET")
def benchmarks(request: HttpRequest) -> HttpResponse:
    words, grade = request.GET.get("q", "").strip()[:100], request.GET.get("grade", "")
    rows = Benchmark.objects.order_by("publisher", "publication", "position")
    if words:
        rows = rows.filter(wording__icontains=words) | rows.filter(publisher__icontains=words)
    if grade in GRADES:
        rows = rows.filter(grade=grade)
    spread = list(family(SPREAD))
    context = {
        "benchmarks": rows,
        "spread": spread,
        "spread_spec": _spread_chart(spread),
        "grades": GRADES,
        "words": words,
        "grade": grade,
        "section": "benchmarks",
    }
    return render(request, "posture/benchmarks.html", context)


@public("GET")
def benchmark(request: HttpRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Benchmark, code=code)
    context = {
        "benchmark": found,
        "arithmetic": arithmetic_words(found),
        "grade_words": GRADES[found.grade],
        "later": Benchmark.objects.filter(code=found.superseded_by).first(),
        "clauses": clause_links(code),
        "others": family(found.family).exclude(code=code) if found.family else [],
        "section": "benchmarks",
    }
    return render(request, "posture/benchmark.html", context)


@public("GET")
@needs_room
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
    return dots(shares, [Part("Published", "--published")], x_title=_("Percent of whoever was asked"))
