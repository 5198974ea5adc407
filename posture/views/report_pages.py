"""The pages of a gap report. A published release never changes, so the content of a page is rendered once and kept."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path

from posture.models import Release
from posture.releases.queries import replacement_of
from posture.reports.gap import report_address
from posture.reports.page_cache import Asked, kept_page, page_key
from posture.reports.pages import COMPARISONS, TITLES
from posture.views.release_access import cohort_and_topic, visible_or_404, withdrawn
from posture.views.revalidation import digest_with_templates, revalidated
from surveys.web.access import public
from surveys.web.costly_requests import costly

View = Callable[..., HttpResponseBase]


def _page(name: str) -> View:
    """Returns the view of a page of the report."""

    @public("GET")
    @costly()
    def view(request: HttpRequest, slug: str, **narrower: str) -> HttpResponseBase:
        release = visible_or_404(request, slug)
        if release.status == Release.Status.WITHDRAWN:
            later = replacement_of(release)
            return withdrawn(request, release, now_at=report_address(later.slug, name) if later else "")
        if "section" in request.GET:
            return _moved(request, release)
        asked = _asked(request, name, narrower)
        if request.user.is_authenticated:
            return _render(request, release, asked)
        digest = digest_with_templates(page_key(release, asked))
        return revalidated(request, digest, lambda: _render(request, release, asked))

    return view


def _render(request: HttpRequest, release: Release, asked: Asked) -> HttpResponse:
    page = kept_page(release, asked)
    if page is None:
        raise Http404
    return render(request, "posture/report/page.html", {"page": page, "section": "releases"})


summary, reader = _page("summary"), _page("reader")


def routes() -> list[URLPattern]:
    """Returns the routes of the pages below the address of the release."""
    pages = [
        path(f"releases/<slug:slug>/{name}/", _page(name), name=f"report-{name}")
        for name in TITLES
        if name not in ("summary", "reader")
    ]
    return [*pages, path("releases/<slug:slug>/readers/<slug:code>/", reader, name="report-reader")]


def _asked(request: HttpRequest, page: str, narrower: dict[str, str]) -> Asked:
    compare = request.GET.get("compare", "")
    if compare not in ("", *COMPARISONS):
        raise Http404
    return Asked(page, *cohort_and_topic(request), compare, narrower.get("code", ""))


def _moved(request: HttpRequest, release: Release) -> HttpResponse:
    """Redirects an address from before the report had pages."""
    cohort, _topic = cohort_and_topic(request)
    address = report_address(release.slug, "gaps", cohort=cohort, topic=request.GET["section"])
    return HttpResponsePermanentRedirect(address)
