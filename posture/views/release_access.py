"""What a reader asks of a release, the access to it, and the page of a withdrawn release."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from posture.models import Release
from posture.releases.queries import visible_release
from surveys.instrument.cohorts import ALL


def visible_or_404(request: HttpRequest, slug: str) -> Release:
    release = visible_release(slug, reader=request.user)
    if release is None:
        raise Http404
    return release


def cohort_and_topic(request: HttpRequest) -> tuple[str, str]:
    """Returns the cohort and the topic that a reader asks for; "" for all topics."""
    return request.GET.get("cohort") or ALL, request.GET.get("topic", "")


def withdrawn(request: HttpRequest, release: Release, *, now_at: str = "") -> HttpResponse:
    """Renders the page of a withdrawn release with status 410. `now_at`: the same page of the release that replaced
    it."""
    context = {"release": release, "now_at": now_at, "section": "releases"}
    return render(request, "posture/withdrawn.html", context, status=410)
