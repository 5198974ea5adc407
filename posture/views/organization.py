"""An organisation's own report, for its members. Other people get the same 404 as for an organisation that does not
exist."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from posture.models.number_address import whole
from posture.reports.organization import OrganizationReport, organization_report
from posture.reports.organization_actions import organization_actions
from posture.views.tables import csv_response
from surveys.audit.trail import note
from surveys.fieldwork.queries import Participation, participation_of
from surveys.web.access import member
from surveys.web.annotated_request import AnnotatedRequest
from surveys.web.costly_requests import costly
from surveys.web.disk_space import needs_room


@member("GET")
@costly()
def report(request: AnnotatedRequest, slug: str, wave: str) -> HttpResponse:
    participation = _participation(request, wave)
    context = {"participation": participation, "section": "account"}
    if not participation.may_read:
        return render(request, "posture/organization_waits.html", context)
    found = _report(request, participation)
    _note(request, "read the report", wave)
    context |= {"report": found, "actions": organization_actions(found)}
    return render(request, "posture/organization_report.html", context)


@member("GET")
@needs_room
@costly()
def report_csv(request: AnnotatedRequest, slug: str, wave: str) -> HttpResponse:
    participation = _participation(request, wave)
    if not participation.may_read:
        raise Http404
    header = ("pair", "object", "own_belief", "own_evidence", "own_gap", "unit", "state", "cohort", "cohort_belief",
              "cohort_belief_bound", "cohort_evidence", "cohort_evidence_bound", "cohort_gap", "cohort_gap_bound",
              "cohort_base", "receipt")  # fmt: skip
    found = _report(request, participation)
    _note(request, "exported the report", wave)
    rows = [
        [
            one.view.pair.code,
            one.view.pair.object,
            one.belief,
            one.evidence,
            one.gap_value,
            one.unit,
            one.verdict,
            found.cohort,
            *(
                cell
                for value in (one.view.belief, one.view.evidence, one.view.gap)
                for cell in ((value.dot.value, value.dot.bound) if value.dot else (None, ""))
            ),
            one.view.gap.base,
            whole(one.view.gap.address) if one.view.gap.address else "",
        ]
        for one in found.pairs
    ]
    return csv_response(f"{slug}-{wave}", header, rows)


def _note(request: AnnotatedRequest, action: str, wave: str) -> None:
    organization = request.organization
    note(action, organization=organization, by=request.user, about=wave, at=timezone.now())


def _participation(request: AnnotatedRequest, wave: str) -> Participation:
    participation = participation_of(request.organization, wave, at=timezone.now())
    if participation is None:
        raise Http404
    return participation


def _report(request: AnnotatedRequest, participation: Participation) -> OrganizationReport:
    found = organization_report(participation, cohort=request.GET.get("cohort", ""))
    if found is None:
        raise Http404
    return found
