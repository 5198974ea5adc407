"""Pages of the respondent, from the overview to the receipt. They show no published figures."""

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from surveys.fieldwork import answer_history, queries, responses
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.audit_notes import RESPONDENT
from surveys.fieldwork.errors import AlreadySubmitted, FieldworkError
from surveys.instrument.response_state import ResponseState
from surveys.models import Response
from surveys.web.access import respondent
from surveys.web.annotated_request import AnnotatedRequest
from surveys.web.item_forms import RejectedForm, item_fields, posted_answers


@respondent("GET")
def overview(request: AnnotatedRequest, public_id: uuid.UUID) -> HttpResponse:
    response = _response(request)
    standing = queries.response_state_without_texts(response)
    sections = [
        {"section": standing.questionnaire.section(code), "progress": standing.progress_of(code)}
        for code in standing.sections
    ]
    first_open = next((code for code in standing.sections if standing.progress_of(code).open), None)
    return render(
        request,
        "surveys/overview.html",
        _context(response, standing)
        | {"sections": sections, "next": standing.questionnaire.section(first_open) if first_open else None},
    )


@respondent("GET", "POST")
def section(request: AnnotatedRequest, public_id: uuid.UUID, code: str) -> HttpResponse:
    response = _response(request)
    standing = queries.response_state(response)
    if code not in standing.sections:
        raise Http404
    if response.submitted_at is not None:
        return redirect("surveys:receipt", public_id)
    if request.method == "GET":
        return _section_page(request, response, standing, code)
    items = [item for item in standing.questionnaire.items if item.section == code]
    posted = posted_answers(items, request.POST)
    try:
        recorded = record_answers(
            response,
            posted.given,
            based_on=posted.versions,
            session=request.respondent,
            at=timezone.now(),
        )
    except FieldworkError as error:
        return _not_saved(request, response, error)
    sent = RejectedForm(request.POST, posted.unreadable | recorded.refused, recorded.conflicts)
    after = queries.response_state(response)
    if sent.errors or sent.conflicts:
        return _section_page(request, response, after, code, sent=sent, status=422 if sent.errors else 409)
    return _after_section(request, public_id, after, code)


def _after_section(
    request: HttpRequest, public_id: uuid.UUID, standing: ResponseState, code: str
) -> HttpResponse:
    """Without script, redirects to the next section, or first to items that the answers of this page added."""
    opened = [item for item in standing.items_of(code) if f"{item.code}.shown" not in request.POST]
    if opened:
        return redirect("surveys:section", public_id, code)
    order = standing.sections
    following = order[order.index(code) + 1 :] if code in order else order
    if following:
        return redirect("surveys:section", public_id, following[0])
    return redirect("surveys:review", public_id)


@respondent("GET")
def review(request: AnnotatedRequest, public_id: uuid.UUID) -> HttpResponse:
    response = _response(request)
    if response.submitted_at is not None:
        return redirect("surveys:receipt", public_id)
    standing = queries.response_state_without_texts(response)
    questionnaire = standing.questionnaire
    context = {
        "open_items": [item for item in standing.items if item.code not in standing.own],
        "without_basis": queries.missing_basis(questionnaire, standing.items, standing.own),
        "titles": {section.code: section.title for section in questionnaire.sections},
    }
    return render(request, "surveys/review.html", _context(response, standing) | context)


@respondent("POST")
def submit(request: AnnotatedRequest, public_id: uuid.UUID) -> HttpResponse:
    response = _response(request)
    try:
        responses.submit_response(response, by=RESPONDENT, by_mail=bool(settings.BASE_URL), at=timezone.now())
    except FieldworkError as error:
        return _not_saved(request, response, error)
    return redirect("surveys:receipt", public_id)


@respondent("GET")
def receipt(request: AnnotatedRequest, public_id: uuid.UUID) -> HttpResponse:
    response = _response(request)
    if response.submitted_at is None:
        return redirect("surveys:overview", public_id)
    return render(request, "surveys/receipt.html", {"response": response, "invitation": response.invitation})


def _response(request: AnnotatedRequest) -> Response:
    response = queries.response_of(request.respondent.response.public_id)
    if response is None:
        raise Http404
    return response


def _context(response: Response, standing: ResponseState) -> dict[str, object]:
    return {
        "response": response,
        "invitation": response.invitation,
        "questionnaire": standing.questionnaire,
        "role": standing.questionnaire.role(standing.role),
        "progress": standing.progress,
        "is_open": response.invitation.wave.is_open(timezone.now()),
    }


def _section_page(
    request: HttpRequest,
    response: Response,
    standing: ResponseState,
    code: str,
    *,
    sent: RejectedForm | None = None,
    status: int = 200,
) -> HttpResponse:
    order = standing.sections
    place = order.index(code)
    versions = answer_history.versions_of(response, [item.code for item in standing.possible_items_of(code)])
    fields = item_fields(standing, code, versions, sent=sent)
    context = _context(response, standing) | {
        "section": standing.questionnaire.section(code),
        "fields": fields,
        "errors": [field for field in fields if field.error],
        "conflicts": [field for field in fields if field.conflict],
        "place": place + 1,
        "places": len(order),
        "previous": order[place - 1] if place else None,
        "is_last": place + 1 == len(order),
    }
    return render(request, "surveys/section.html", context, status=status)


def _not_saved(request: HttpRequest, response: Response, error: FieldworkError) -> HttpResponse:
    if isinstance(error, AlreadySubmitted):
        return redirect("surveys:receipt", response.public_id)
    return render(request, "surveys/closed.html", {"wave": response.invitation.wave}, status=410)
