"""A respondent's answers beside those of others, after submission. It shows no answer of a colleague."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from posture.releases.wave_cohorts import cohort_release_of
from posture.reports.own_comparison import compared_answers
from surveys.fieldwork import queries
from surveys.web.access import respondent
from surveys.web.annotated_request import AnnotatedRequest


@respondent("GET")
def compared(request: AnnotatedRequest, public_id: uuid.UUID) -> HttpResponse:
    response = queries.response_of(request.respondent.response.public_id)
    if response is None:
        raise Http404
    if response.submitted_at is None:
        return redirect("surveys:overview", public_id)
    release = cohort_release_of(response.invitation.wave_id)
    state = queries.response_state(response)
    rows = compared_answers(state, release) if release else []
    context = {"response": response, "invitation": response.invitation, "release": release, "rows": rows}
    return render(request, "posture/own_comparison.html", context)
