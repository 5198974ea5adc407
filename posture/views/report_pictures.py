"""Charts of a gap report as pictures, and pages with one chart for the frames of other sites."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt

from posture.documents.canvas import STYLE_HASH
from posture.documents.kept_pictures import kept_picture
from posture.models import Release
from posture.models.number_address import absolute_address
from posture.reports.gap import gap_report, report_address
from posture.reports.page_cache import Asked, page_key
from posture.views.release_access import cohort_and_topic, visible_or_404, withdrawn
from posture.views.revalidation import digest_with_templates, revalidated
from surveys.web.access import public
from surveys.web.costly_requests import costly

View = Callable[..., HttpResponseBase]
TYPES = {"svg": "image/svg+xml", "png": "image/png"}
POLICY_OF_PICTURES = {"style-src": [f"'sha256-{STYLE_HASH}'"], "font-src": ["data:"]}


def _picture(name: str, form: str) -> View:
    """Returns the view of a picture. Its own style and font are all that it may load."""

    @public("GET")
    @costly()
    def view(request: HttpRequest, slug: str) -> HttpResponseBase:
        release = visible_or_404(request, slug)
        if release.status == Release.Status.WITHDRAWN:
            return withdrawn(request, release)
        asked = Asked(f"{name}.{form}", *cohort_and_topic(request))

        def file() -> HttpResponse:
            content = kept_picture(release, asked)
            if content is None:
                raise Http404
            response = HttpResponse(content, content_type=TYPES[form])
            response._csp_replace = POLICY_OF_PICTURES  # type: ignore[attr-defined]
            response["Content-Disposition"] = f'inline; filename="{slug}-{name}.{form}"'
            return response

        return revalidated(
            request, digest_with_templates(page_key(release, asked)), file, compress=form == "svg"
        )

    return view


def _embed(name: str) -> View:
    """Returns the view of a page that any site may frame. It has no form and no secret."""

    @public("GET")
    @costly()
    @xframe_options_exempt
    def view(request: HttpRequest, slug: str) -> HttpResponse:
        release = visible_or_404(request, slug)
        if release.status == Release.Status.WITHDRAWN:
            return withdrawn(request, release)
        cohort, topic = cohort_and_topic(request)
        report = gap_report(release, cohort=cohort, topic=topic)
        if report is None or not report.questionnaire.pairs:
            raise Http404
        context = {
            "report": report,
            "picture": report_address(slug, f"{name}.svg", cohort=cohort, topic=topic),
            "page": absolute_address(report.address(name)),
        }
        response = render(request, "posture/report/embed.html", context)
        response._csp_replace = {"frame-ancestors": ["*"]}  # type: ignore[attr-defined]
        response["X-Robots-Tag"] = "noindex"
        return response

    return view


gaps_svg, gaps_png = _picture("gaps", "svg"), _picture("gaps", "png")
profile_svg, profile_png = _picture("profile", "svg"), _picture("profile", "png")
embed_gaps, embed_profile = _embed("gaps"), _embed("profile")
