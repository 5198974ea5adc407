"""Receipt pages: the permanent address of one number, with its statistic, base, method and data."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from posture.models import Release
from posture.releases.queries import replacement_of
from posture.reports.receipt import receipt_of
from posture.views.release_access import visible_or_404, withdrawn
from surveys.web.access import public


@public("GET")
def number(
    request: HttpRequest, slug: str, cohort: str, kind: str, subject: str, statistic: str, option: str = ""
) -> HttpResponse:
    release = visible_or_404(request, slug)
    identity = {
        "subject_kind": kind,
        "subject": subject,
        "statistic": statistic,
        "option": option,
        "cohort": cohort,
    }
    estimate = get_object_or_404(release.estimates, **identity)
    if release.status == Release.Status.WITHDRAWN:
        replacement = replacement_of(release)
        same_number = replacement.estimates.filter(**identity).first() if replacement else None
        return withdrawn(request, release, now_at=same_number.get_absolute_url() if same_number else "")
    context = {"release": release, "estimate": estimate, "receipt": receipt_of(release, estimate)}
    return render(request, "posture/receipt.html", context | {"section": "releases"})
