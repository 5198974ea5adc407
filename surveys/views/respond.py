"""Pages of the respondent, from the overview to the receipt. They show no published figures."""

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from surveys.fieldwork import answer_history, queries, responses
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.answer_text import AnsweredItem
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
    state = queries.response_state_without_texts(response)
    sections = [
        {"section": state.questionnaire.section(code), "progress": state.progress_of(code)}
        for code in state.sections
    ]
    next_section = next((code for code in state.sections if state.progress_of(code).open), None)
    return render(
        request,
        "surveys/overview.html",
        _context(response, state)
        | {"sections": sections, "next": state.questionnaire.section(next_section) if next_section else None},
    )


@respondent("GET", "POST")
def section(request: AnnotatedRequest, public_id: uuid.UUID, code: str) -> HttpResponse:
    response = _response(request)
    state = queries.response_state(response)
    if code not in state.sections:
        raise Http404
    if response.submitted_at is not None:
        return redirect("surveys:receipt", public_id)
    if request.method == "GET":
        return _section_page(request, response, state, code)
    items = [item for item in state.questionnaire.items if item.section == code]
    posted = posted_answers(items, request.POST)
    try:
        result = record_answers(
            response,
            posted.answers,
            seen_versions=posted.versions,
            session=request.respondent,
            at=timezone.now(),
        )
    except FieldworkError as error:
        return _not_saved(request, response, error)
    rejected = RejectedForm(request.POST, posted.errors | result.refused, result.conflicts)
    new_state = queries.response_state(response)
    if rejected.errors or rejected.conflicts:
        return _section_page(
            request, response, new_state, code, rejected=rejected, status=422 if rejected.errors else 409
        )
    return _after_section(request, public_id, new_state, code)


def _after_section(
    request: HttpRequest, public_id: uuid.UUID, state: ResponseState, code: str
) -> HttpResponse:
    """Without script, redirects to the next section, or first to items that the answers of this page added."""
    new_items = [item for item in state.items_of(code) if f"{item.code}.shown" not in request.POST]
    if new_items:
        return redirect("surveys:section", public_id, code)
    order = state.sections
    later_sections = order[order.index(code) + 1 :] if code in order else order
    if later_sections:
        return redirect("surveys:section", public_id, later_sections[0])
    return redirect("surveys:review", public_id)


@respondent("GET")
def review(request: AnnotatedRequest, public_id: uuid.UUID) -> HttpResponse:
    response = _response(request)
    if response.submitted_at is not None:
        return redirect("surveys:receipt", public_id)
    state = queries.response_state_without_texts(response)
    questionnaire = state.questionnaire
    context = {
        "open_items": [item for item in state.items if item.code not in state.own_answers],
        "without_basis": queries.missing_basis(questionnaire, state.items, state.own_answers),
        "titles": {section.code: section.title for section in questionnaire.sections},
    }
    return render(request, "surveys/review.html", _context(response, state) | context)


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


@respondent("GET")
def own_answers(request: AnnotatedRequest, public_id: uuid.UUID) -> HttpResponse:
    """Shows the respondent's own answers after submission, for reading and printing."""
    response = _response(request)
    if response.submitted_at is None:
        return redirect("surveys:overview", public_id)
    state = queries.response_state(response)
    sections = [
        (state.questionnaire.section(code), [AnsweredItem.of(item, state) for item in state.items_of(code)])
        for code in state.sections
    ]
    return render(request, "surveys/own_answers.html", _context(response, state) | {"sections": sections})


def _response(request: AnnotatedRequest) -> Response:
    response = queries.response_of(request.respondent.response.public_id)
    if response is None:
        raise Http404
    return response


def _context(response: Response, state: ResponseState) -> dict[str, object]:
    return {
        "response": response,
        "invitation": response.invitation,
        "questionnaire": state.questionnaire,
        "role": state.questionnaire.role(state.role),
        "progress": state.progress,
        "is_open": response.invitation.wave.is_open(timezone.now()),
    }


def _section_page(
    request: HttpRequest,
    response: Response,
    state: ResponseState,
    code: str,
    *,
    rejected: RejectedForm | None = None,
    status: int = 200,
) -> HttpResponse:
    order = state.sections
    position = order.index(code)
    versions = answer_history.versions_of(response, [item.code for item in state.possible_items_of(code)])
    fields = item_fields(state, code, versions, rejected=rejected)
    context = _context(response, state) | {
        "section": state.questionnaire.section(code),
        "fields": fields,
        "errors": [field for field in fields if field.error],
        "conflicts": [field for field in fields if field.conflict],
        "place": position + 1,
        "places": len(order),
        "previous": order[position - 1] if position else None,
        "is_last": position + 1 == len(order),
    }
    return render(request, "surveys/section.html", context, status=status)


def _not_saved(request: HttpRequest, response: Response, error: FieldworkError) -> HttpResponse:
    if isinstance(error, AlreadySubmitted):
        return redirect("surveys:receipt", response.public_id)
    return render(request, "surveys/closed.html", {"wave": response.invitation.wave}, status=410)
