"""Which release a reader may see, and what stands where one was withdrawn."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from posture.models import Release
from posture.releases.queries import visible_release


def visible_or_404(request: HttpRequest, slug: str) -> Release:
    found = visible_release(slug, to=request.user)
    if found is None:
        raise Http404
    return found


def withdrawn(request: HttpRequest, release: Release, *, now_at: str = "") -> HttpResponse:
    """`now_at`: where the release that replaced it shows the same."""
    context = {"release": release, "now_at": now_at, "section": "releases"}
    return render(request, "posture/withdrawn.html", context, status=410)
