"""Framework pages: the clauses that the questionnaires refer to, with the newest published numbers."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from posture.reports.framework_pages import framework_page, framework_summaries
from surveys.web.access import public
from surveys.web.costly_requests import costly


@public("GET")
def frameworks(request: HttpRequest) -> HttpResponse:
    context = {"frameworks": framework_summaries(), "section": "frameworks"}
    return render(request, "posture/frameworks.html", context)


@public("GET")
@costly()
def framework(request: HttpRequest, code: str) -> HttpResponse:
    page = framework_page(code)
    if page is None:
        raise Http404
    return render(request, "posture/framework.html", {"page": page, "section": "frameworks"})
