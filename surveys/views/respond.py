"""The respondent's pages, from the link to the receipt. Nothing here shows a published figure."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from surveys import fieldwork, queries
from surveys.access import admit_respondent, public, respondent
from surveys.forms import item_fields, posted_answers
from surveys.models import Response


@public("GET", "POST")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET only explains, so that a mail scanner that follows links changes nothing; POST begins."""
    now = timezone.now()
    try:
        found = fieldwork.invitation_for(token, at=now)
        if request.method == "POST":
            response = fieldwork.open_response(found, at=now)
            admit_respondent(request, response.public_id)
            return redirect("surveys:overview", response.public_id)
    except fieldwork.InvitationGone:
        return render(request, "surveys/gone.html", status=404)
    except fieldwork.WaveClosed:
        return render(request, "surveys/closed.html", {"wave": found.wave}, status=410)
    questionnaire = found.wave.questionnaire.definition
    context = {"invitation": found, "questionnaire": questionnaire, "role": questionnaire.role(found.role)}
    return render(request, "surveys/invitation.html", context)


@respondent("GET")
def overview(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    response = _response(public_id)
    standing = queries.standing_of(response)
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
def section(request: HttpRequest, public_id: uuid.UUID, code: str) -> HttpResponse:
    response = _response(public_id)
    standing = queries.standing_of(response)
    if code not in standing.sections:
        raise Http404
    if response.submitted_at is not None:
        return redirect("surveys:receipt", public_id)
    if request.method == "GET":
        return _section_page(request, response, standing, code)
    items = [item for item in standing.questionnaire.items if item.section == code]
    posted = posted_answers(items, request.POST)
    try:
        recorded = fieldwork.record_answers(response, posted.given, at=timezone.now())
    except fieldwork.FieldworkError as error:
        return _not_saved(request, response, error)
    refused = posted.unreadable | recorded.refused
    after = queries.standing_of(response)
    if request.headers.get("Accept") == "application/json":
        return _saved(after, code, recorded.saved, refused)
    if refused:
        return _section_page(request, response, after, code, refused=refused, status=422)
    return _after_section(request, public_id, after, code)


def _after_section(
    request: HttpRequest, public_id: uuid.UUID, standing: queries.Standing, code: str
) -> HttpResponse:
    """Without script: to the next section; but items that this page's answers have opened come first."""
    opened = [item for item in standing.items_of(code) if f"{item.code}.shown" not in request.POST]
    if opened:
        return redirect("surveys:section", public_id, code)
    order = standing.sections
    following = order[order.index(code) + 1 :] if code in order else order
    if following:
        return redirect("surveys:section", public_id, following[0])
    return redirect("surveys:review", public_id)


@respondent("GET")
def review(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    response = _response(public_id)
    if response.submitted_at is not None:
        return redirect("surveys:receipt", public_id)
    standing = queries.standing_of(response)
    questionnaire = standing.questionnaire
    context = {
        "open_items": [item for item in standing.items if item.code not in standing.own],
        "without_basis": queries.missing_basis(questionnaire, standing.items, standing.own),
        "titles": {section.code: section.title for section in questionnaire.sections},
    }
    return render(request, "surveys/review.html", _context(response, standing) | context)


@respondent("POST")
def submit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    response = _response(public_id)
    try:
        fieldwork.submit_response(response, at=timezone.now())
    except fieldwork.FieldworkError as error:
        return _not_saved(request, response, error)
    return redirect("surveys:receipt", public_id)


@respondent("GET")
def receipt(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    response = _response(public_id)
    if response.submitted_at is None:
        return redirect("surveys:overview", public_id)
    return render(request, "surveys/receipt.html", {"response": response, "invitation": response.invitation})


def _response(public_id: uuid.UUID) -> Response:
    response = queries.response_of(public_id)
    if response is None or response.invitation.revoked_at is not None:
        raise Http404
    return response


def _context(response: Response, standing: queries.Standing) -> dict[str, object]:
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
    standing: queries.Standing,
    code: str,
    *,
    refused: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    order = standing.sections
    place = order.index(code)
    fields = item_fields(
        standing.questionnaire, standing.items_of(code), standing.own, form=request.POST, errors=refused
    )
    context = _context(response, standing) | {
        "section": standing.questionnaire.section(code),
        "fields": fields,
        "errors": [field for field in fields if field.error],
        "place": place + 1,
        "places": len(order),
        "previous": order[place - 1] if place else None,
        "is_last": place + 1 == len(order),
    }
    return render(request, "surveys/section.html", context, status=status)


def _saved(
    standing: queries.Standing, code: str, saved: dict[str, int], refused: dict[str, str]
) -> JsonResponse:
    progress = standing.progress
    body = {
        "saved": saved,
        "refused": refused,
        "asked": [item.code for item in standing.items_of(code)],
        "progress": {"answered": progress.answered, "asked": progress.asked, "percent": progress.percent},
    }
    return JsonResponse(body, status=422 if refused else 200)


def _not_saved(request: HttpRequest, response: Response, error: fieldwork.FieldworkError) -> HttpResponse:
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"error": type(error).__name__}, status=409)
    if isinstance(error, fieldwork.AlreadySubmitted):
        return redirect("surveys:receipt", response.public_id)
    return render(request, "surveys/closed.html", {"wave": response.invitation.wave}, status=410)
