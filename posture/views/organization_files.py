"""Files of an organisation's report, for its members: a page with the state of each file, and the downloads.

A member asks for a file by a form, a worker makes it, and the page shows when it is ready. A share link does not reach
these pages."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from posture.documents.organization import making
from posture.models import Document
from posture.reports.organization_story import OrganizationStory
from posture.views.report_files import AGAIN_SECONDS, TYPES
from surveys.audit.trail import note
from surveys.fieldwork.queries import Participation, participation_of
from surveys.people.report_files import RETENTION, content_of
from surveys.rate_limits import limits
from surveys.web.access import member
from surveys.web.annotated_request import AnnotatedRequest
from surveys.web.costly_requests import costly
from surveys.web.disk_space import insufficient_storage, is_low

View = Callable[..., HttpResponseBase]
UNPROCESSABLE = 422
QUEUED_BY_AN_ORGANIZATION = limits.Rate(60, 3600, burst=12)


@member("GET", "POST")
@costly("GET", "HEAD", "POST")
def files(request: AnnotatedRequest, slug: str, wave: str) -> HttpResponse:
    participation = _participation(request, wave)
    if not participation.may_read:
        context = {"participation": participation, "section": "account"}
        return render(request, "posture/organization_waits.html", context)
    parameters = request.POST if request.method == "POST" else request.GET
    story = _story(participation, parameters.get("cohort", ""))
    form = parameters.get("format", "")
    if request.method == "POST" and form in making.FORMATS:
        return _queued(request, story, form)
    return _page(request, story, status=UNPROCESSABLE if request.method == "POST" else 200)


def _queued(request: AnnotatedRequest, story: OrganizationStory, form: str) -> HttpResponse:
    if is_low():
        return insufficient_storage()
    now, organization = timezone.now(), request.organization
    limits.enforce("report file", f"organization {organization.pk}", rate=QUEUED_BY_AN_ORGANIZATION, at=now)
    making.queue_report_file(story, form, at=now)
    about = f"{story.participation.wave.slug}, {form}"
    note("asked for a file of the report", organization=organization, by=request.user, about=about, at=now)
    return redirect(_address(story))


def _page(request: AnnotatedRequest, story: OrganizationStory, *, status: int) -> HttpResponse:
    states = making.file_states(story)
    context = {
        "participation": story.participation,
        "report": story.report,
        "states": states,
        "back": f"{story.address}?{urlencode({'cohort': story.report.cohort})}",
        "days": RETENTION.days,
        "section": "account",
    }
    response = render(request, "posture/organization/files.html", context, status=status)
    if any(file.state in (making.WAITING, making.RUNNING) for file in states):
        response["Refresh"] = f"{AGAIN_SECONDS}; url={_address(story)}"
    return response


def _file(form: Document.Format) -> View:
    @member("GET")
    @costly()
    def view(request: AnnotatedRequest, slug: str, wave: str) -> HttpResponseBase:
        participation = _participation(request, wave)
        if not participation.may_read:
            raise Http404
        story = _story(participation, request.GET.get("cohort", ""))
        file = making.file_of(story, form)
        if file is None:
            return redirect(_address(story))
        note(
            "exported the report",
            organization=request.organization,
            by=request.user,
            about=f"{wave}, {form}",
            at=timezone.now(),
        )
        response = HttpResponse(content_of(file), content_type=TYPES[form])
        response["Content-Disposition"] = f'attachment; filename="{slug}-{wave}.{form}"'
        return response

    return view


report_pdf, report_slides, report_workbook = (_file(form) for form in Document.Format)


def _participation(request: AnnotatedRequest, wave: str) -> Participation:
    participation = participation_of(request.organization, wave, at=timezone.now())
    if participation is None:
        raise Http404
    return participation


def _story(participation: Participation, cohort: str) -> OrganizationStory:
    story = making.story_for_files(participation, at=timezone.now(), cohort=cohort)
    if story is None:
        raise Http404
    return story


def _address(story: OrganizationStory) -> str:
    participation = story.participation
    page = reverse(
        "posture:organization-files", args=(participation.organization.slug, participation.wave.slug)
    )
    return f"{page}?{urlencode({'cohort': story.report.cohort})}"
