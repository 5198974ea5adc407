"""Lets a respondent withdraw: erases all their answers at once and permanently."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from surveys.retention import erasure
from surveys.web.access import cookie_name, respondent
from surveys.web.annotated_request import AnnotatedRequest


@respondent("GET", "POST")
def withdraw(request: AnnotatedRequest, public_id: uuid.UUID) -> HttpResponse:
    """Erases the response. The form requires a ticked confirmation."""
    invitation = request.respondent.response.invitation
    if request.method == "POST" and "sure" in request.POST:
        wave = invitation.wave
        receipt = erasure.withdraw(invitation, at=timezone.now()).receipt
        response = render(request, "surveys/withdrawn.html", {"wave": wave, "receipt": receipt})
        response.delete_cookie(cookie_name(public_id), samesite="Strict")
        return response
    context = {"invitation": invitation, "public_id": public_id, "is_unsure": request.method == "POST"}
    return render(request, "surveys/withdraw.html", context, status=422 if context["is_unsure"] else 200)
