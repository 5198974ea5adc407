"""An organisation's own report, for its members. Other people get the same 404 as for an organisation that does not
exist."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posture.models.number_address import absolute_address
from posture.reports.organization import OrganizationReport, organization_report
from posture.reports.organization_story import OrganizationStory
from posture.views.tables import csv_response
from surveys.audit.trail import note
from surveys.fieldwork.queries import Participation, participation_of
from surveys.web.access import member
from surveys.web.annotated_request import AnnotatedRequest
from surveys.web.costly_requests import costly
from surveys.web.disk_space import requires_disk_space

VIEWS = {"board": _("Board"), "security": _("Security lead"), "frameworks": _("Frameworks")}


@member("GET")
@costly()
def report(request: AnnotatedRequest, slug: str, wave: str) -> HttpResponse:
    participation = _participation(request, wave)
    context = {"participation": participation, "section": "account"}
    if not participation.may_read:
        return render(request, "posture/organization_waits.html", context)
    story = OrganizationStory.of(_report(request, participation))
    _note(request, "read the report", wave)
    context |= {"report": story.report, "actions": story.actions, "view": _view(request), "views": VIEWS}
    if context["view"] == "frameworks":
        context["frameworks"] = story.frameworks
    return render(request, "posture/organization/report.html", context)


@member("GET")
@requires_disk_space
@costly()
def report_csv(request: AnnotatedRequest, slug: str, wave: str) -> HttpResponse:
    participation = _participation(request, wave)
    if not participation.may_read:
        raise Http404
    header = ("pair", "object", "own_belief", "own_evidence", "own_gap", "unit", "state", "cohort", "cohort_belief",
              "cohort_belief_bound", "cohort_evidence", "cohort_evidence_bound", "cohort_gap", "cohort_gap_bound",
              "cohort_base", "receipt")  # fmt: skip
    own_report = _report(request, participation)
    _note(request, "exported the report", wave)
    rows = [
        [
            pair.view.pair.code,
            pair.view.pair.object,
            pair.belief,
            pair.evidence,
            pair.gap_value,
            pair.unit,
            pair.verdict,
            own_report.cohort,
            *(
                cell
                for value in (pair.view.belief, pair.view.evidence, pair.view.gap)
                for cell in ((value.dot.value, value.dot.bound) if value.dot else (None, ""))
            ),
            pair.view.gap.base,
            absolute_address(pair.view.gap.address) if pair.view.gap.address else "",
        ]
        for pair in own_report.pairs
    ]
    return csv_response(f"{slug}-{wave}", header, rows)


def _view(request: AnnotatedRequest) -> str:
    view = request.GET.get("view", "board")
    if view not in VIEWS:
        raise Http404
    return view


def _note(request: AnnotatedRequest, action: str, wave: str) -> None:
    organization = request.organization
    note(action, organization=organization, by=request.user, about=wave, at=timezone.now())


def _participation(request: AnnotatedRequest, wave: str) -> Participation:
    participation = participation_of(request.organization, wave, at=timezone.now())
    if participation is None:
        raise Http404
    return participation


def _report(request: AnnotatedRequest, participation: Participation) -> OrganizationReport:
    own_report = organization_report(participation, at=timezone.now(), cohort=request.GET.get("cohort", ""))
    if own_report is None:
        raise Http404
    return own_report
