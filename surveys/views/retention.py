"""What is kept for how long, and what the last nights removed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from surveys import retaining
from surveys.access import analyst
from surveys.models import Erasure

NIGHTS = 30


@analyst("GET")
def retention(request: HttpRequest) -> HttpResponse:
    rules = {rule.code: rule for rule in retaining.known_rules()}
    lines = [
        (
            report,
            [(rules[code].what, count) for code, count in report.removed.items() if count and code in rules],
        )
        for report in retaining.reports()[:NIGHTS]
    ]
    context = {
        "rules": rules.values(),
        "lines": lines,
        "on_hold": retaining.on_hold(),
        "erasures": Erasure.objects.order_by("-at")[:NIGHTS],
        "section": "studio",
    }
    return render(request, "surveys/retention.html", context)
