"""Page with the retention periods and the removals of the last nights."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.models import Erasure, RetentionReport
from surveys.retention import retention_rules
from surveys.retention.retention_guard import CLOCK
from surveys.web.access import analyst

NIGHTS = 30


def _held_back_texts(report: RetentionReport) -> list[str]:
    rules = {rule.code: rule.data for rule in retention_rules.known_rules()}
    texts = []
    for code, (removed, total) in report.held_back.items():
        if code == CLOCK:
            texts.append(
                _(
                    "Everything: by the clock, the last run was {days} days ago, and at most {usual} are usual. "
                    "Either the worker did not run, or the clock is wrong. Check both."
                ).format(days=removed, usual=total)
            )
        elif code in rules:
            texts.append(
                _("{rule}: {removed} of {total}.").format(rule=rules[code], removed=removed, total=total)
            )
    return texts


@analyst("GET", "POST")
def retention(request: HttpRequest) -> HttpResponse:
    latest = retention_rules.latest_report()
    if request.method == "POST":
        if latest is not None and latest.held_back and request.POST.get("report") == str(latest.pk):
            retention_rules.consent_to_removal(latest, by=request.user, at=timezone.now())
            messages.success(request, _("The worker removes it within a minute."))
        else:
            messages.error(request, _("That was another night. See what is held back now."))
        return redirect("surveys:retention")
    rules = {rule.code: rule for rule in retention_rules.known_rules()}
    nights = [
        (
            report,
            [(rules[code].data, count) for code, count in report.removed.items() if count and code in rules],
        )
        for report in retention_rules.reports()[:NIGHTS]
    ]
    context = {
        "rules": rules.values(),
        "lines": nights,
        "last": latest,
        "waiting": _held_back_texts(latest) if latest is not None else [],
        "on_hold": retention_rules.on_hold(),
        "erasures": Erasure.objects.order_by("-at")[:NIGHTS],
        "section": "studio",
    }
    return render(request, "surveys/retention.html", context)
